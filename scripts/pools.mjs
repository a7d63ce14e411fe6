// Random pools under random rules, policies and mishaps, one a seed: npm run pools -- [--pools N] [--from N]
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { pools: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' }, help: { type: 'boolean', default: false } } })
const whole = (name) => {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(`--${name} is ${values[name]}: a whole number is expected`)
  process.exit(2)
}
if (values.help) {
  console.log('npm run pools -- [--pools N] [--from N]   simulates N random pools, one a seed, and prints what the oracle has against each; about 0.3 CPU s a pool')
  process.exit(0)
}

const FAULTS_SHOWN = 5
const PROGRESS_POOLS = 500
const [from, count] = [whole('from'), whole('pools')]
const folder = await mkdtemp(join(tmpdir(), 'plimsoll-pools-'))
try {
  const outfile = join(folder, 'pools.mjs')
  await build({ entryPoints: ['test/support/manyPools.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile, logLevel: 'warning' })
  const { poolFaults } = await import(outfile)
  let bad = 0
  for (let seed = from; seed < from + count; seed++) {
    const faults = poolFaults(seed)
    if (faults.length > 0) bad++
    for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(`pool ${seed}: ${fault}`)
    if ((seed - from + 1) % PROGRESS_POOLS === 0) console.log(`${seed - from + 1} of ${count} pools, ${bad} with faults`)
  }
  console.log(`${count} pools from seed ${from}: ${bad === 0 ? 'no faults' : `${bad} with faults`}`)
  process.exitCode = bad === 0 ? 0 : 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
