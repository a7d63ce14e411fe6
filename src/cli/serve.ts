import { existsSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { AddressInfo } from 'node:net'
import { createApp } from '../api/app.ts'
import { listenOnLoopback } from '../api/loopbackOnly.ts'
import type { RunEntry, RunSource } from '../api/runSource.ts'
import { BadInput } from '../model/result.ts'
import type { Run } from '../model/run.ts'
import { compareRuns } from '../report/compare.ts'
import { readRun, readRunSummary } from '../store/run.ts'
import { renderReport } from '../../viz/page.ts'
import { seededRng } from '../../sim/random.ts'
import type { ExitCode } from './exitCode.ts'
import { bad, wholeNumber, type CommonOptions } from './options.ts'
import { pageScript } from './pageScript.ts'
import { findRuns } from './storedRuns.ts'
import type { Terminal } from './terminal.ts'

/** Serves a folder of runs on this machine until Ctrl-C. */
export async function serveCommand(given: string, options: CommonOptions & { readonly port: string }, terminal: Terminal): Promise<ExitCode> {
  const folder = resolve(terminal.workingDirectory, given)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw bad(given, 'is no folder: make runs with plimsoll simulate or compare, or name the folder that holds them')
  const server = await listenOnLoopback(createApp(runsIn(folder, given, terminal)), wholeNumber('--port', options.port, 0, 65_535))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  terminal.out(options.json ? `${JSON.stringify({ address, folder: given })}\n` : `${given} is shown at ${address} (Ctrl-C ends it)\n`)
  await new Promise<void>((end) => {
    process.once('SIGINT', end)
    process.once('SIGTERM', end)
  })
  server.closeAllConnections()
  await new Promise((closed) => server.close(closed))
  return 0
}

function runsIn(folder: string, shownAs: string, terminal: Terminal): RunSource {
  const read = (id: string): Run => readRun(join(folder, id))
  return {
    runsFolder: shownAs,
    listRuns: () => Promise.resolve(findRuns(folder).map((path) => entryOf(path, relative(folder, path) || '.'))),
    readRun: (id) => Promise.resolve(read(id)),
    renderReport: (ids) => Promise.resolve(reportOf(ids.map(read))),
    onFault: (fault) => {
      terminal.err(`${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`)
    },
  }
}

function entryOf(path: string, id: string): RunEntry {
  try {
    return { id, ...readRunSummary(path) }
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return { id, problem: error.message }
  }
}

function reportOf(runs: readonly Run[]): string {
  const first = runs[0]!
  const comparison = compareRuns(runs.map(({ summary }) => summary), { warmupMs: first.header.warmupMs, rng: seededRng(first.header.seed, 'comparison') })
  return renderReport({ comparison, runs, script: pageScript() })
}
