import { existsSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inFolder } from './support.ts'

const { run, write } = inFolder()

const DATA = `default|uuid-1|preferred||

a|65536|1024|60416|1000|1000|16|M|uuid-1|1||N|0|1|1.0
b|65536|1024|64512|1000|1000|16|N|uuid-1|1||N|0|1|1.0

v|4096|20480|2|running|Y|a||ext||1|-


|4096,2|x|ext|4.0|32.0
`

describe('import of a pool', () => {
  it('writes a snapshot that check takes, from packed files as well', async () => {
    writeFileSync('c.data.gz', gzipSync(DATA))
    write('c.util', 'v 0.5 0.25 0 0\n')
    const { code, out } = await run('import', 'ganeti', 'c.data.gz', '--util', 'c.util', 'pool.json', '--json')
    expect([code, JSON.parse(out)]).toEqual([0, { destination: 'pool.json', hosts: 2, vms: 1, rules: 0, notes: [] }])
    expect((await run('check', 'pool.json')).out).toMatch(/a pool snapshot of 2 hosts, 1 VMs and 0 rules/)
    expect(readFileSync('pool.json', 'utf8').split('\n').filter((line) => line.includes('"id"'))).toHaveLength(3)
  })

  it('writes the same bytes again', async () => {
    write('c.data', DATA)
    await run('import', 'ganeti', 'c.data', 'one.json')
    await run('import', 'ganeti', 'c.data', 'two.json')
    expect(readFileSync('one.json').equals(readFileSync('two.json'))).toBe(true)
  })

  it('takes two tables, or a folder that holds them', async () => {
    write('t/hosts.csv', 'id,model\na,rack-2020\n')
    write('t/vms.csv', 'id,vcpus,memoryMib,host\nv,2,4 GiB,a\n')
    expect((await run('import', 'csv', 't/hosts.csv', 't/vms.csv', 'one.json')).code).toBe(0)
    expect((await run('import', 'csv', 't', 'two.json')).out).toMatch(/^1 hosts, 1 VMs and 0 rules are in two.json\nTry: plimsoll plan two.json\n$/)
    expect(readFileSync('one.json', 'utf8')).toBe(readFileSync('two.json', 'utf8'))
  })

  it('takes what virsh prints', async () => {
    write('pool.yaml', 'hosts:\n  - {name: a, model: rack-2020, domains: [{dominfo: {Name: v, State: running, CPU(s): 2, Max memory: 4194304 KiB}}]}\n')
    expect(JSON.parse((await run('import', 'inventory', 'pool.yaml', 'pool.json', '--json')).out)).toMatchObject({ hosts: 1, vms: 1, notes: [expect.stringMatching(/^1 of 1 domains tell no usage/)] })
  })

  it.each<[string, string[], RegExp]>([
    ['an unknown format', ['ganetti', 'c.data', 'pool.json'], /^FORMAT: unknown format "ganetti": did you mean "ganeti"/],
    ['no destination', ['ganeti', 'c.data'], /^DESTINATION: is missing: plimsoll import ganeti c.data DESTINATION/],
    ['a file that is not there', ['ganeti', 'none.data', 'pool.json'], /^none.data: does not exist/],
    ['a folder where a file is expected', ['ganeti', '.', 'pool.json'], /^\.: is a folder, a file was expected/],
    ['two clusters', ['ganeti', 'c.data', 'c.data', 'pool.json'], /^SOURCE: 2 sources were given, ganeti has one/],
    ['one table', ['csv', 'c.data', 'pool.json'], /^SOURCE: csv needs two tables/],
    ['a folder without tables', ['csv', '.', 'pool.json'], /^hosts.csv: does not exist/],
    ['loads with another format', ['csv', '.', '--util', 'c.util', 'pool.json'], /^--util: has no meaning for csv/],
    ['loads with a trace', ['planetlab', 'c.data', 'load', '--util', 'c.util'], /^--util: has no meaning for planetlab/],
    ['text that is not UTF-8', ['ganeti', 'binary', 'pool.json'], /^binary: is not UTF-8 text/],
    ['a faulty line', ['ganeti', 'bad.data', 'pool.json'], /^bad.data:6 vms\[0\].host: unknown host "z"/],
  ])('refuses %s and writes nothing', async (_, args, message) => {
    write('c.data', DATA)
    write('bad.data', DATA.replace('|a||ext', '|z||ext'))
    writeFileSync('binary', Buffer.from([0x6e, 0xff, 0xfe, 0x00]))
    const { code, err } = await run('import', ...args)
    expect(err).toMatch(message)
    expect([code, existsSync('pool.json'), existsSync('load')]).toEqual([2, false, false])
  })
})
