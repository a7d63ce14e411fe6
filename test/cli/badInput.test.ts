import { describe, expect, it } from 'vitest'
import { SMALL, inFolder } from './support.ts'

const { run, write, files } = inFolder()

describe('bad input', () => {
  it.each<[string, string[], RegExp]>([
    ['a scenario that is not there', ['simulate', 'none.yaml'], /^none.yaml: does not exist/],
    ['a folder without scenario.yaml', ['simulate', '.'], /^\.: is a folder without scenario.yaml/],
    ['a trace that is not there', ['simulate', 'trace.yaml', '--set', 'workload.path=none.csv'], /^--set workload.path: none.csv does not exist/],
    ['a trace without a name', ['simulate', 'trace.yaml'], /^trace.yaml:2 workload.path: is missing/],
    ['a folder where a trace file is expected', ['simulate', 'trace.yaml', '--set', 'workload.path=.'], /\.: |\.\//],
    ['a policy file that is not there', ['simulate', 'small.yaml', '--policy', 'none.yaml'], /^--policy policies\[0\]: none.yaml does not exist/],
    ['a folder where a policy is expected', ['simulate', 'small.yaml', '--policy', './'], /is a folder, a file was expected/],
    ['an unknown policy', ['compare', 'small.yaml', '--policy', 'balancd'], /did you mean "balanced"/],
    ['a seed that is none', ['simulate', 'small.yaml', '--seed', 'x'], /^--seed: is "x", expected a whole number/],
    ['a seed that is too large', ['simulate', 'small.yaml', '--seed', '4294967296'], /^--seed: is "4294967296"/],
    ['a setting of nothing', ['simulate', 'small.yaml', '--set', 'durationMss=1'], /^--set durationMss: unknown key/],
    ['text that is not UTF-8', ['simulate', 'binary.yaml'], /^binary.yaml: is not UTF-8 text/],
    ['a file that is nothing of ours', ['check', 'other.yaml'], /^other.yaml: is neither a scenario nor a policy nor a pool snapshot/],
    ['an unknown command', ['simluate', 'small.yaml'], /unknown command 'simluate'/],
    ['an unknown option', ['simulate', 'small.yaml', '--sed', '3'], /unknown option '--sed'/],
    ['a missing argument', ['simulate'], /missing required argument 'scenario'/],
    ['the runs of another program', ['serve', 'none'], /^none: is no folder/],
  ])('%s is told in a line and answered with 2, and nothing is written', async (_, args, message) => {
    write('small.yaml', SMALL)
    write('trace.yaml', 'hosts: [{count: 2, model: rack-2020}]\nworkload: {format: planetlab}\n')
    write('other.yaml', 'shopping: [milk]\n')
    write('binary.yaml', '')
    const before = files()
    if (args[1] === 'binary.yaml') (await import('node:fs')).writeFileSync('binary.yaml', Buffer.from([0x6e, 0xff, 0xfe, 0x00]))
    const { code, out, err } = await run(...args)
    expect(err).toMatch(message)
    expect([code, out]).toEqual([2, ''])
    expect(files()).toEqual(before)
  })

  it('is told in one line a problem, and with --json as an object as well', async () => {
    write('bad.yaml', `${SMALL.replace('4 h', '4 GHz')}polices: 1\nevents: [{kind: hostFail, host: host-9, atMs: 1 h}]\n`)
    const { code, out, err } = await run('simulate', 'bad.yaml', '--json')
    expect(code).toBe(2)
    const lines = err.trim().split('\n')
    expect(lines.map((line) => line.split(': ')[0])).toEqual(['bad.yaml:4 durationMs', 'bad.yaml:7 polices', 'bad.yaml:8 events[0].host'])
    const { error } = JSON.parse(out) as { error: { code: string; issues: { path: string; message: string }[] } }
    expect(error.code).toBe('badInput')
    expect(error.issues.map(({ path, message }) => `${path}: ${message}`)).toEqual(lines)
  })

  it('of the command line is an object with --json too', async () => {
    const { code, out } = await run('simulate', 'x', '--json', '--frobnicate')
    expect([code, JSON.parse(out)]).toEqual([2, { error: { code: 'badInput', issues: [{ path: 'command line', message: "unknown option '--frobnicate'" }] } }])
  })

  it('that only shows with the load is refused before any run is made', async () => {
    write('s.yaml', `${SMALL}events: [{kind: vmRemove, vm: vm-99999, atMs: 1 h}]\naxes: {rowMs: [1 min, 5 min]}\n`)
    const { code, err } = await run('simulate', 's.yaml')
    expect([code, err]).toEqual([2, expect.stringMatching(/^s.yaml:7 events\[0\].vm: unknown VM "vm-99999"/)])
    expect(files()).toEqual(['s.yaml'])
  })
})

describe('a failure outside', () => {
  // Nobody can make folders in /proc, not even root; and a recursive mkdir there never ends.
  it.skipIf(process.platform !== 'linux')('is answered with 3', async () => {
    write('small.yaml', SMALL)
    const { code, err } = await run('simulate', 'small.yaml', '--out', '/proc/plimsoll')
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(3)
  })
})
