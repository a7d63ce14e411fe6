// Runs the fault machine: npm run faults -- [--seeds N] [--from N] [--seed N [--trace]] [--progress]
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' }, seed: { type: 'string' }, trace: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } })
const whole = (name) => {
  const number = Number(values[name])
  if (!Number.isSafeInteger(number) || number < 0) {
    console.error(`--${name} is ${values[name]}: a whole number is expected`)
    process.exit(2)
  }
  return number
}
if (values.help) {
  console.log('npm run faults -- [--seeds N] [--from N]   N seeds of the fault machine\nnpm run faults -- --seed N [--trace]        one seed, with everything that happened')
  process.exit(0)
}

/** The commit that a failing seed belongs to. */
function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}

const folder = await mkdtemp(join(tmpdir(), 'plimsoll-faults-'))
try {
  const outfile = join(folder, 'faults.mjs')
  await build({ entryPoints: ['sim/faults/faults.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile, logLevel: 'warning' })
  const { faultReport, seedReport } = await import(outfile)
  const only = values.seed === undefined ? null : whole('seed')
  const report = only === null ? faultReport(whole('from'), whole('seeds'), commit()) : seedReport(only, values.trace, commit())
  for (const line of report.lines) console.log(line)
  process.exitCode = report.violations === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
