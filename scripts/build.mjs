// Bundles the command line (dist/plimsoll.js and lazily loaded chunks) and the report's page script (dist/viz/).
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'

const { version } = JSON.parse(await readFile('package.json', 'utf8'))

/** The commit that figures are stamped with; a copy without history has none. */
function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}

await rm('dist', { recursive: true, force: true })
const node = {
  bundle: true, platform: 'node', format: 'esm', target: 'node20', splitting: true, outdir: 'dist', sourcemap: false, logLevel: 'warning', legalComments: 'none',
  // Bundled and shaken, zod, yaml and commander load in half the time. Express and helmet are only loaded to serve.
  external: ['express', 'helmet', 'benchmark', 'glpk.js', 'highs', 'koffi', 'pg', '@tensorflow/*'],
  // yaml's build for Node is CommonJS, which can't be shaken.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  define: { PLIMSOLL_VERSION: JSON.stringify(version), PLIMSOLL_COMMIT: JSON.stringify(commit()) },
}
// Commander is CommonJS and asks for its node: modules with require.
const banner = "#!/usr/bin/env node\nimport { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);"
const entries = { plimsoll: 'src/cli/main.ts', bench: 'bench/main.ts', worker: 'src/drivers/compute/worker.ts', libvirt: 'src/drivers/libvirt/child/main.ts' }
await build({ ...node, entryPoints: Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(file))), banner: { js: banner }, chunkNames: 'chunks/[name]-[hash]' })
if (existsSync('viz/main.ts')) {
  await build({ entryPoints: { report: 'viz/main.ts' }, bundle: true, platform: 'browser', format: 'iife', target: 'es2022', minify: true, outdir: 'dist/viz', legalComments: 'none', logLevel: 'warning' })
}
