import type { Theme } from './heatColours.ts'

/** Follows the system's setting until the button is pressed. Returns the theme now shown; `changed` is called on each change. */
export function createTheme(button: HTMLButtonElement, changed: () => void): () => Theme {
  const system = matchMedia('(prefers-color-scheme: dark)')
  let chosen: Theme | null = null
  const current = (): Theme => chosen ?? (system.matches ? 'dark' : 'light')
  const apply = (): void => {
    document.documentElement.dataset['theme'] = current()
    button.textContent = current() === 'dark' ? 'Light colours' : 'Dark colours'
    changed()
  }
  system.addEventListener('change', apply)
  button.addEventListener('click', () => {
    chosen = current() === 'dark' ? 'light' : 'dark'
    apply()
  })
  // Paper is white: the page is drawn light while it is printed.
  let beforePrint: Theme | null = null
  window.addEventListener('beforeprint', () => {
    beforePrint = chosen
    chosen = 'light'
    apply()
  })
  window.addEventListener('afterprint', () => {
    chosen = beforePrint
    apply()
  })
  document.documentElement.dataset['theme'] = current()
  button.hidden = false
  button.textContent = current() === 'dark' ? 'Light colours' : 'Dark colours'
  return current
}
