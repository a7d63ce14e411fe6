import type { Origin } from './problems.ts'
import type { SourceDocument } from './sourceDocument.ts'

/** Fields come from the lines of one file. */
export const fileOrigin = (document: SourceDocument): Origin => ({ placeOf: (path) => `${document.file}:${document.lineOf(path)}` })
