import { readdirSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runSuite, type SuiteResult } from '../../src/cli/suite.ts'
import { scenarioTable } from '../../src/cli/suiteText.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import type { Run, RunEvent } from '../../src/model/run.ts'

const ROOT = 'scenarios/peers'
/** PLIMSOLL_RECORD=1 npx vitest run test/scenarios writes the expected events and the tables anew. */
const RECORDING = process.env.PLIMSOLL_RECORD === '1'

/** All situations, by name. */
export const situations = readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, 'scenario.yaml'))).sort()

const silent: Terminal = { out: () => undefined, err: () => undefined, workingDirectory: process.cwd(), isInteractive: false, columns: 80 }

/** Runs a situation with its own policy and all peers, and compares with what is recorded in its folder. */
export function provesSituation(name: string): void {
  it(`${name}: our policies keep what is expected, the first by the recorded events, and the peers do what the table says`, async () => {
    const own: Run[] = []
    const results = await runSuite([join(ROOT, name)], { set: [], policy: [], quiet: true }, silent, (_, run) => { if (own.length === 0) own.push(run) })
    expect(results.filter(({ ours }) => ours).length).toBeGreaterThan(0)
    expect(results.filter(({ ours, passed }) => ours && !passed)).toEqual([])
    compare(join(ROOT, name, 'peers.md'), `${scenarioPage(name, results)}\n`)
    compare(join(ROOT, name, 'expect.ndjson'), own[0]!.events.filter(isTold).map((event) => `${JSON.stringify(lineOf(event))}\n`).join(''))
  }, 60_000)
}

const scenarioPage = (name: string, results: readonly SuiteResult[]): string => `# What each policy does on \`${name}\`\n\nGenerated; see the [situation](README.md).\n\n${scenarioTable(results)}`

function compare(file: string, text: string): void {
  if (RECORDING) writeFileSync(file, text)
  expect(readFileSync(file, 'utf8'), file).toBe(text)
}

/** Steps, and what happens to hosts and VMs; sentences and notes may be worded anew. */
const isTold = ({ kind }: RunEvent): boolean => kind !== 'note' && kind !== 'plan'

function lineOf(event: RunEvent): object {
  return 'reason' in event ? { ...event, reason: event.reason.code } : event
}
