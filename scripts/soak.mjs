// Migrations on real KVM hosts while things go wrong: npm run soak -- [--seed N] [--migrations N] [--kills N] [--races N] [--out FILE]
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, migrations: { type: 'string', default: '200' }, kills: { type: 'string', default: '50' }, races: { type: 'string', default: '50' }, out: { type: 'string' }, help: { type: 'boolean', default: false } } })
if (values.help) {
  console.log('npm run soak -- [--seed N] [--migrations N] [--kills N] [--races N] [--out FILE]   at least so many migrations and SIGKILLs of the controller with faults drawn from the seed, and so many VMs started by hand on a host that is being switched off; needs root and the packages of scripts/live-setup.sh')
  process.exit(0)
}
const whole = (name) => {
  const number = Number(values[name])
  if (!Number.isSafeInteger(number) || number < 0) {
    console.error(`--${name} is ${values[name]}: a whole number is expected`)
    process.exit(2)
  }
  return number
}

const folder = await mkdtemp(join(tmpdir(), 'plimsoll-soak-build-'))
try {
  const outfile = join(folder, 'soak.mjs')
  await build({ entryPoints: ['test/live/soak/main.ts'], bundle: true, platform: 'node', format: 'esm', target: 'node20', outfile, logLevel: 'warning', packages: 'external', external: ['koffi'] })
  const { soakMain } = await import(outfile)
  process.exitCode = await soakMain({ seed: whole('seed'), migrationsMin: whole('migrations'), killsMin: whole('kills'), races: whole('races'), out: values.out ?? null })
} finally {
  await rm(folder, { recursive: true, force: true })
}
