/** The one box that tells about what is under the pointer or the keyboard's cursor; what the keyboard reaches is spoken too. */
export interface Tooltip {
  /** At a point of the window; the first line is the title. */
  show(x: number, y: number, lines: readonly string[]): void
  speak(lines: readonly string[]): void
  hide(): void
}

const GAP_PX = 14

export function createTooltip(box: HTMLElement, spoken: HTMLElement): Tooltip {
  const hide = (): void => {
    box.hidden = true
  }
  document.addEventListener('keydown', (event) => event.key === 'Escape' && hide())
  window.addEventListener('scroll', hide, { passive: true })
  return { show: (x, y, lines) => showBox(box, x, y, lines), speak: (lines) => (spoken.textContent = lines.join('. ')), hide }
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
  box.style.left = `${Math.max(4, Math.min(left, right - width - 4))}px`
  box.style.top = `${y + GAP_PX + height > window.innerHeight - 4 ? Math.max(4, y - GAP_PX - height) : y + GAP_PX}px`
}
