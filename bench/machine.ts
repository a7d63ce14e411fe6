import { execFileSync } from 'node:child_process'
import { cpus, release, totalmem } from 'node:os'

/** One line that says where and on what a figure was measured. */
export function provenance(): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return `machine: ${cpus().length} x ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}; commit ${commit()}`
}

function commit(): string {
  try {
    const dirty = execFileSync('git', ['status', '--porcelain', '--untracked-files=no'], { encoding: 'utf8' }).trim() === '' ? '' : ' with changes'
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim() + dirty
  } catch {
    return 'unknown'
  }
}
