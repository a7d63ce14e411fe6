// The demonstration on real hosts: npm run demo:live -- [--rounds N] [--record FOLDER]
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' }, record: { type: 'string' } } })
if (!/^[1-9][0-9]?$/.test(values.rounds)) {
  console.error(`--rounds is ${values.rounds}: 1 to 99 are expected`)
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'plimsoll-demo-build-'))
try {
  const outfile = join(folder, 'demo.mjs')
  await build({ entryPoints: ['test/live/demo/main.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile, logLevel: 'warning', packages: 'external', external: ['koffi'] })
  const { demoMain } = await import(outfile)
  process.exitCode = await demoMain({ rounds: Number(values.rounds), record: values.record ?? null })
} finally {
  await rm(folder, { recursive: true, force: true })
}
