import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The script of report pages, which the build puts beside the program. */
export function pageScript(): string {
  // The program's parts lie in dist/ and dist/chunks/; from sources the built script is taken.
  const places = ['./viz/report.js', '../viz/report.js', '../../dist/viz/report.js'].map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const found = places.find((place) => existsSync(place))
  if (found === undefined) throw new Error(`the report's script is missing (${places[0]!}): run npm run build`)
  return readFileSync(found, 'utf8')
}
