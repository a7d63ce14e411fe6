import { Router } from 'express'
import { SERIES_NAMES } from '../model/run.ts'
import type { Run, SeriesName } from '../model/run.ts'
import { ApiError } from './apiError.ts'
import { nextOffset, readPage } from './paging.ts'
import type { Page } from './paging.ts'
import type { RunEntry, RunSource } from './runSource.ts'

const EVENTS_LIMIT = { limitDefault: 1000, limitMax: 10_000 }
/** Values in one answer about series. */
const VALUES_MAX = 200_000

/** The run format as JSON: `/runs`, and for each run `/header`, `/summary`, `/events` and `/series/NAME`. */
export function runRoutes(source: RunSource): Router {
  const router = Router()
  router.get('/runs', async (_request, response) => {
    response.json({ runs: (await source.listRuns()).map(listed) })
  })
  router.get('/runs/:id/header', async ({ params }, response) => {
    response.json((await findEntry(source, params.id)).header)
  })
  router.get('/runs/:id/summary', async ({ params }, response) => {
    response.json((await findEntry(source, params.id)).summary)
  })
  router.get('/runs/:id/events', async ({ params, query }, response) => {
    const page = readPage(query, EVENTS_LIMIT)
    const { id } = await findEntry(source, params.id)
    response.json(eventsPage(await source.readRun(id), page))
  })
  router.get('/runs/:id/series/:name', async ({ params, query }, response) => {
    const name = SERIES_NAMES.find((known) => known === params.name)
    if (name === undefined) throw new ApiError(404, 'notFound', `no series is called ${JSON.stringify(params.name)}: there are ${SERIES_NAMES.join(', ')}`)
    const { id, header } = await findEntry(source, params.id)
    const width = header.series.find((column) => column.name === name)?.width ?? 1
    const rowsMax = Math.max(1, Math.floor(VALUES_MAX / Math.max(1, width)))
    const page = readPage(query, { limitDefault: rowsMax, limitMax: rowsMax })
    response.json(seriesPage(await source.readRun(id), name, page))
  })
  return router
}

type ReadableEntry = Extract<RunEntry, { header: unknown }>

/** Ids are looked up in the listing, never made into a path. */
export async function findEntry(source: RunSource, id: string): Promise<ReadableEntry> {
  const entry = (await source.listRuns()).find((each) => each.id === id)
  if (entry === undefined) throw new ApiError(404, 'noSuchRun', `no run is called ${JSON.stringify(id)}: /api/runs lists them`)
  if ('problem' in entry) throw new ApiError(422, 'unreadableRun', `run ${JSON.stringify(id)} can't be read: ${entry.problem}`)
  return entry
}

function listed(entry: RunEntry): object {
  if ('problem' in entry) return entry
  const { id, header, summary } = entry
  const { scenario, policy, seed, startUnixMs, durationMs, warmupMs, vmCount } = header
  const { energyKwh, migrations, hostsOnMean } = summary
  return { id, scenario, policy, seed, startUnixMs, durationMs, warmupMs, hostCount: header.hosts.length, vmCount, energyKwh, migrations, hostsOnMean, violationRatio: summary.sla.violationRatio }
}

function eventsPage({ events }: Run, page: Page): object {
  return { total: events.length, offset: page.offset, events: events.slice(page.offset, page.offset + page.limit), nextOffset: nextOffset(page, events.length) }
}

/** Offset and limit count rows; a value that is not there (NaN) is null. */
function seriesPage({ header, columns }: Run, name: SeriesName, page: Page): object {
  const width = header.series.find((column) => column.name === name)?.width ?? 1
  const values = columns[name].subarray(page.offset * width, (page.offset + page.limit) * width)
  const { rowMs, rowCount } = header
  return { name, width, rowMs, rowCount, offset: page.offset, values: Array.from(values, (value) => (Number.isNaN(value) ? null : value)), nextOffset: nextOffset(page, rowCount) }
}
