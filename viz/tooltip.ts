/** The one box that tells about what is under the pointer or the keyboard's cursor; what the keyboard reaches is spoken too. */
export interface Tooltip {
  /** At a point of the window, for one owner; the first line is the title. */
  show(owner: object, place: { readonly x: number; readonly y: number }, lines: readonly string[]): void
  speak(lines: readonly string[]): void
  /** Unless another owner has taken it meanwhile. */
  hide(owner: object): void
  close(): void
}

const GAP_PX = 14

export function createTooltip(box: HTMLElement, spoken: HTMLElement): Tooltip {
  let shownFor: object | null = null
  const close = (): void => {
    box.hidden = true
    shownFor = null
  }
  document.addEventListener('keydown', (event) => event.key === 'Escape' && close())
  return {
    show: (owner, { x, y }, lines) => {
      shownFor = owner
      showBox(box, x, y, lines)
    },
    speak: (lines) => (spoken.textContent = lines.join('. ')),
    hide: (owner) => owner === shownFor && close(),
    close,
  }
}

function showBox(box: HTMLElement, x: number, y: number, lines: readonly string[]): void {
  box.replaceChildren(...lines.map((line, index) => {
    const row = document.createElement(index === 0 ? 'strong' : 'span')
    row.textContent = line
    return row
  }))
  box.hidden = false
  const { width, height } = box.getBoundingClientRect()
  const right = document.documentElement.clientWidth
  const left = x + GAP_PX + width > right - 4 ? x - GAP_PX - width : x + GAP_PX
  const top = y + GAP_PX + height > window.innerHeight - 4 ? y - GAP_PX - height : y + GAP_PX
  // Placed in the document, not the window: it stays with its chart when the keyboard's focus makes the page scroll.
  box.style.left = `${Math.max(4, Math.min(left, right - width - 4)) + window.scrollX}px`
  box.style.top = `${Math.max(4, top + window.scrollY)}px`
}
