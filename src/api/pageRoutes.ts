import { Router } from 'express'
import type { Response } from 'express'
import { ApiError } from './apiError.ts'
import { indexPage } from './indexPage.ts'
import { findEntry } from './runRoutes.ts'
import type { RunSource } from './runSource.ts'

/** More can't be drawn on one page. */
const COMPARED_MAX = 80

/** What the report's own page allows itself; a header can only narrow that further. */
const REPORT_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** Pages for people: `/`, `/runs/ID/report`, and `/report?run=ID&run=ID` for several. */
export function pageRoutes(source: RunSource): Router {
  const router = Router()
  router.get('/', async (_request, response) => {
    response.type('html').send(indexPage(source.runsFolder, await source.listRuns()))
  })
  router.get('/runs/:id/report', async ({ params }, response) => {
    const { id } = await findEntry(source, params.id)
    sendReport(response, await source.renderReport([id]))
  })
  router.get('/report', async ({ query }, response) => {
    const asked = askedIds(query['run'])
    const ids: string[] = []
    for (const id of asked) ids.push((await findEntry(source, id)).id)
    sendReport(response, await source.renderReport(ids))
  })
  return router
}

function askedIds(run: unknown): readonly string[] {
  const ids = (Array.isArray(run) ? run : [run]).filter((id) => typeof id === 'string')
  if (ids.length === 0 || ids.length > COMPARED_MAX) throw new ApiError(400, 'badQuery', `run is given ${ids.length} times, expected 1 to ${COMPARED_MAX}: /report?run=ID&run=ID`)
  return ids
}

function sendReport(response: Response, html: string): void {
  response.set('Content-Security-Policy', REPORT_POLICY).type('html').send(html)
}
