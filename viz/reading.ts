/** How a chart is read: by pointer, and by the keyboard once it has the focus. */
export interface Reading {
  /** What the chart is, and how the keyboard moves in it. */
  readonly role: string
  readonly label: string
  pointAt(event: PointerEvent): void
  focus(): void
  /** Whether the key was one of the chart's. */
  press(event: KeyboardEvent): boolean
  hide(): void
}

/**
 * Which of the two was used last, in whatever chart: when the keyboard's focus makes the page scroll, charts pass under a
 * pointer that rests, and that must not take the reading away from the keyboard.
 */
const lastUse = { isByKeyboard: false }

const isAtRest = ({ movementX, movementY }: PointerEvent): boolean => movementX === 0 && movementY === 0

/** Wires a reading to its chart. */
export function addReading(chart: HTMLElement, reading: Reading): void {
  chart.tabIndex = 0
  chart.setAttribute('role', 'application')
  chart.setAttribute('aria-roledescription', reading.role)
  chart.setAttribute('aria-label', reading.label)
  chart.addEventListener('pointermove', (event) => {
    if (lastUse.isByKeyboard && isAtRest(event)) return
    lastUse.isByKeyboard = false
    reading.pointAt(event)
  })
  chart.addEventListener('pointerleave', () => !lastUse.isByKeyboard && reading.hide())
  chart.addEventListener('focus', () => {
    if (!chart.matches(':focus-visible')) return
    lastUse.isByKeyboard = true
    reading.focus()
  })
  chart.addEventListener('blur', () => reading.hide())
  chart.addEventListener('keydown', (event) => {
    if (!reading.press(event)) return
    lastUse.isByKeyboard = true
    event.preventDefault()
  })
}
