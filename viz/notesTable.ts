import type { PageRun } from './pageContent.ts'
import { timeText } from './times.ts'

/** What goals said, above all why nothing (more) was done: each reason once, with how often and when. */
export function drawNotes(parent: HTMLElement, { notes, notesLeftOut, startUnixMs }: PageRun): void {
  if (notes.length === 0) {
    parent.append('No reason was recorded: the policy never held anything back.')
    return
  }
  const table = document.createElement('table')
  table.className = 'notes'
  appendRow(table.createTHead().insertRow(), 'th', ['Goal', 'Reason', 'Times', 'First', 'Last', 'In its last words'])
  const body = table.createTBody()
  for (const { goal, code, count, firstMs, lastMs, text } of notes) appendRow(body.insertRow(), 'td', [goal, code, String(count), timeText(startUnixMs + firstMs), timeText(startUnixMs + lastMs), text])
  const scroll = parent.appendChild(document.createElement('div'))
  Object.assign(scroll, { className: 'scroll', tabIndex: 0 })
  scroll.setAttribute('role', 'region')
  scroll.setAttribute('aria-label', 'What goals said')
  scroll.append(table)
  if (notesLeftOut > 0) parent.append(`${notesLeftOut} rarer reasons are not listed.`)
}

function appendRow(row: HTMLTableRowElement, tag: 'th' | 'td', texts: readonly string[]): void {
  texts.forEach((text, column) => {
    const cell = row.appendChild(document.createElement(tag))
    cell.textContent = text
    if (column === 2) cell.className = 'figure'
  })
}
