import { VERSION } from './build.ts'

// The version is asked for by scripts: nothing is loaded for it.
if (process.argv.length === 3 && process.argv[2] === '--version') process.stdout.write(`${VERSION}\n`)
else {
  const { runProgram } = await import('./runProgram.ts')
  process.exitCode = await runProgram(process.argv.slice(2))
}
