// The demonstration on real hosts: npm run demo:live
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const folder = await mkdtemp(join(tmpdir(), 'plimsoll-demo-build-'))
try {
  const outfile = join(folder, 'demo.mjs')
  await build({ entryPoints: ['test/live/demo/main.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile, logLevel: 'warning', packages: 'external', external: ['koffi'] })
  const { demoMain } = await import(outfile)
  process.exitCode = await demoMain()
} finally {
  await rm(folder, { recursive: true, force: true })
}
