import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'

/** The process that holds libvirt's library, as it is shipped. */
const begin = () => fork('dist/libvirt.js', [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })

describe("libvirt's process", () => {
  it.each([
    ['before it listens', () => Promise.resolve()],
    ['while it serves', (child: ReturnType<typeof begin>) => {
      child.send({ id: 1, uri: 'test:///default', probe: null, call: 'inventory', input: {} })
      return once(child, 'message')
    }],
  ])('ends by itself when its parent goes %s', async (_, ready) => {
    const child = begin()
    const ended = once(child, 'exit')
    await ready(child)
    child.disconnect()
    expect(await ended).toEqual([null, 'SIGKILL'])
  })

  // Stopped, it runs no line of its own, as in a call that never returns.
  it.skipIf(!existsSync('/proc/self/status'))('is ended by the kernel when its parent is killed, also while it stands in a call', async () => {
    const program = `const child = require('node:child_process').fork('dist/libvirt.js', [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
      child.once('message', () => console.log(child.pid))
      child.send({ id: 1, uri: 'test:///default', probe: null, call: 'look', input: null })`
    const parent = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    const isThere = (): boolean => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
    process.kill(pid, 'SIGSTOP')
    try {
      parent.kill('SIGKILL')
      for (let tries = 0; tries < 100 && isThere(); tries++) await wait(50)
      expect(isThere()).toBe(false)
    } finally {
      if (isThere()) process.kill(pid, 'SIGKILL')
    }
  })
})
