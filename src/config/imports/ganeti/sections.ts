import { BadInput, type Issue } from '../../../model/result.ts'
import type { NamedText } from '../imported.ts'

/** A line of a section, cut at "|". */
export interface Row {
  readonly cells: readonly string[]
  /** `file:line`. */
  readonly place: string
}

/** The sections of Ganeti's text format, in their order. */
export const SECTIONS = ['groups', 'nodes', 'instances', 'tags', 'policies'] as const
export type Sections = Readonly<Record<(typeof SECTIONS)[number], readonly Row[]>>

/**
 * Cuts a Ganeti text file into its sections, which one empty line parts; older versions write no policies. Throws
 * BadInput when there are fewer or more. Source: htools' manual page, "text backend".
 */
export function sectionsOf({ file, text }: NamedText): Sections {
  const sections: Row[][] = [[]]
  const lines = text.replace(/\s+$/, '').split('\n')
  lines.forEach((written, index) => {
    const line = written.replace(/\r$/, '')
    if (line === '') sections.push([])
    else sections.at(-1)!.push({ cells: line.split('|'), place: `${file}:${index + 1}` })
  })
  // A file without instances, tags or policies ends before their empty lines.
  while (sections.length < SECTIONS.length && sections.length >= 2) sections.push([])
  if (sections.length !== SECTIONS.length)
    throw new BadInput([{ path: file, message: `has ${sections.length} sections, five were expected (node groups, nodes, instances, cluster tags, policies) with one empty line between each two: gnt-cluster data as hbal -t reads it` }])
  return Object.fromEntries(SECTIONS.map((name, index) => [name, sections[index]!])) as unknown as Sections
}

/** Rows with as many cells as the section's rows may have; the others go to `faults`. */
export function rowsOf(rows: readonly Row[], what: string, cellsMin: number, cellsMax: number, faults: Issue[]): Row[] {
  return rows.filter(({ cells, place }) => {
    const fits = cells.length >= cellsMin && cells.length <= cellsMax
    if (!fits) faults.push({ path: place, message: `has ${cells.length} columns, a line of ${what} has ${cellsMin === cellsMax ? cellsMin : `${cellsMin} to ${cellsMax}`}` })
    return fits
  })
}
