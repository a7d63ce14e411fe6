// Bundles the command line (dist/plimsoll.js and lazily loaded chunks) and the report's page script (dist/viz/).
import { build } from 'esbuild'
import { rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'

await rm('dist', { recursive: true, force: true })
const node = { bundle: true, platform: 'node', format: 'esm', target: 'node20', splitting: true, outdir: 'dist', packages: 'external', sourcemap: false, logLevel: 'warning' }
const entries = { plimsoll: 'src/cli/main.ts', bench: 'bench/main.ts' }
await build({ ...node, entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))), banner: { js: '#!/usr/bin/env node' }, chunkNames: 'chunks/[name]-[hash]' })
if (existsSync('viz/main.ts')) {
  await build({ entryPoints: { report: 'viz/main.ts' }, bundle: true, platform: 'browser', format: 'iife', target: 'es2022', minify: true, outdir: 'dist/viz', legalComments: 'none', logLevel: 'warning' })
}
