import { BENCHES } from './benches.ts'

const name = process.argv[2]
const bench = BENCHES.get(name ?? '')
if (bench) await bench(process.argv.slice(3))
else {
  console.error(`usage: npm run bench -- ${[...BENCHES.keys()].join(' | ')}`)
  process.exitCode = 2
}
