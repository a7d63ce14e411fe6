import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { RUN_MARKER } from '../store/run.ts'

/** How far below the given folder runs are looked for: DIR/scenario/run. */
const DEPTH_MAX = 2
const RUNS_MAX = 10_000

export const isRunFolder = (path: string): boolean => existsSync(join(path, RUN_MARKER))

/** Folders of runs in a folder (or itself), by name; hidden ones are not looked at. */
export function findRuns(folder: string): string[] {
  const found: string[] = []
  look(folder, 0, found)
  return found.sort((a, b) => (relative(folder, a) < relative(folder, b) ? -1 : 1))
}

function look(folder: string, depth: number, found: string[]): void {
  if (found.length >= RUNS_MAX) return
  if (isRunFolder(folder)) {
    found.push(folder)
    return
  }
  if (depth > DEPTH_MAX || !existsSync(folder) || !statSync(folder).isDirectory()) return
  for (const name of readdirSync(folder)) {
    const inside = join(folder, name)
    if (!name.startsWith('.') && statSync(inside, { throwIfNoEntry: false })?.isDirectory()) look(inside, depth + 1, found)
  }
}
