import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/runProgram.ts'
import type { Credentials, LibvirtAddress } from '../../src/drivers/libvirt/address.ts'
import { LibvirtProcess } from '../../src/drivers/libvirt/process.ts'

const NEEDS = [['libvirtd', 'libvirt-daemon'], ['sshd', 'openssh-server'], ['ssh-keygen', 'openssh-client'], ['openssl', 'openssl'], ['unshare', 'util-linux'], ['virt-ssh-helper', 'libvirt-clients or libvirt-daemon']] as const
const missing = NEEDS.filter(([program]) => !['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => existsSync(`${folder}/${program}`))).map(([, name]) => name)
const why = process.getuid?.() !== 0 ? 'needs root: it makes a mount namespace' : missing.length > 0 ? `missing packages: ${missing.join(', ')} (scripts/live-setup.sh installs them)` : existsSync('dist/libvirt.js') ? null : 'dist/libvirt.js is missing: npm run build'

const root = mkdtempSync(join(tmpdir(), 'plimsoll-access-'))
const at = (...names: string[]): string => join(root, ...names)
const run = (program: string, ...args: string[]): void => void execFileSync(program, args, { cwd: root, stdio: 'pipe' })

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true) })
  socket.once('error', () => resolve(false))
})

/** An authority, and certificates by it for this machine and this program; `names` are what the server may be called. */
function certificates(folder: string, names: string): void {
  mkdirSync(at(folder))
  run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(folder, 'cakey.pem'), '-out', at(folder, 'cacert.pem'), '-subj', '/CN=authority', '-days', '2')
  writeFileSync(at(folder, 'names'), `subjectAltName=${names}`)
  for (const who of ['server', 'client']) {
    run('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(folder, `${who}key.pem`), '-out', at(folder, `${who}.csr`), '-subj', `/CN=${who}`)
    run('openssl', 'x509', '-req', '-in', at(folder, `${who}.csr`), '-CA', at(folder, 'cacert.pem'), '-CAkey', at(folder, 'cakey.pem'), '-CAcreateserial', '-days', '2', '-extfile', at(folder, 'names'), '-out', at(folder, `${who}cert.pem`))
  }
}

/** A folder with one authority's certificate and another's client, as somebody has who was not let in. */
function mixed(folder: string, authority: string, client: string): string {
  mkdirSync(at(folder))
  copyFileSync(at(authority, 'cacert.pem'), at(folder, 'cacert.pem'))
  for (const file of ['clientcert.pem', 'clientkey.pem']) copyFileSync(at(client, file), at(folder, file))
  return at(folder)
}

describe.skipIf(why !== null)(`hosts reached by TLS and ssh on loopback${why === null ? '' : ` (not run: ${why})`}`, () => {
  let [tlsPort, sshPort] = [0, 0]
  let bed: ChildProcess
  const processes: LibvirtProcess[] = []

  beforeAll(async () => {
    ;[tlsPort, sshPort] = [await freePort(), await freePort()]
    certificates('ours', 'IP:127.0.0.1')
    certificates('others', 'IP:127.0.0.1')
    for (const key of ['host', 'otherHost', 'key', 'otherKey']) run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', at(key))
    const known = (key: string): string => `[127.0.0.1]:${sshPort} ${readFileSync(at(`${key}.pub`), 'utf8').split(' ').slice(0, 2).join(' ')}\n`
    writeFileSync(at('pinned'), known('host'))
    writeFileSync(at('pinnedOther'), known('otherHost'))
    writeFileSync(at('pinnedNone'), '')
    writeFileSync(at('libvirtd.conf'), `listen_tls = 1\nlisten_tcp = 0\nlisten_addr = "127.0.0.1"\ntls_port = "${tlsPort}"\nkey_file = "${at('ours', 'serverkey.pem')}"\ncert_file = "${at('ours', 'servercert.pem')}"\nca_file = "${at('ours', 'cacert.pem')}"\nauth_tls = "none"\nauth_unix_rw = "none"\nauth_unix_ro = "none"\n`)
    writeFileSync(at('sshd_config'), `Port ${sshPort}\nListenAddress 127.0.0.1\nHostKey ${at('host')}\nAuthorizedKeysFile ${at('key.pub')}\nStrictModes no\nUsePAM no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nPidFile none\n`)
    bed = spawn('unshare', ['-m', 'test/live/beds/access-testbed', root], { stdio: 'ignore' })
    for (let tries = 0; tries < 300 && !((await answers(tlsPort)) && (await answers(sshPort))); tries++) await wait(100)
    expect([await answers(tlsPort), await answers(sshPort)], existsSync(at('libvirtd.log')) ? readFileSync(at('libvirtd.log'), 'utf8').slice(-1000) : 'it did not begin').toEqual([true, true])
  })

  afterAll(async () => {
    for (const one of processes) one.close()
    if (existsSync(at('sshd.pid'))) process.kill(Number(readFileSync(at('sshd.pid'), 'utf8')), 'SIGTERM')
    if (bed.exitCode === null) {
      const ended = new Promise((resolve) => bed.once('exit', resolve))
      bed.kill('SIGTERM')
      await ended
    }
    rmSync(root, { recursive: true, force: true })
  })

  const address = (transport: 'tls' | 'ssh', more: Partial<LibvirtAddress> = {}): LibvirtAddress => ({ driver: 'test', transport, host: '127.0.0.1', port: transport === 'tls' ? tlsPort : sshPort, insecure: false, ...more })
  const ssh = (key: string, pinned: string): Credentials => ({ tlsFolder: null, ssh: { user: 'root', keyFile: at(key), knownHostsFile: at(pinned) } })
  const tls = (folder: string): Credentials => ({ tlsFolder: folder, ssh: null })
  async function reached(where: LibvirtAddress, credentials: Credentials): Promise<string> {
    const library = new LibvirtProcess(credentials)
    processes.push(library)
    const answer = await library.call(where, 'look', null, { timeoutMs: 20_000 })
    library.close()
    return answer.ok ? answer.value.domains.map(({ name }) => name).join(' ') : `refused: ${answer.failure.text}`
  }

  it('lets in who has a certificate of the authority, and the owner of the key', async () => {
    expect(await reached(address('tls'), tls(at('ours')))).toBe('test')
    expect(await reached(address('ssh'), ssh('key', 'pinned'))).toBe('test')
  })

  it('refuses a client of another authority, and does not trust a server of another one or of another name', async () => {
    expect(await reached(address('tls'), tls(mixed('strangeClient', 'ours', 'others')))).toMatch(/^refused/)
    expect(await reached(address('tls'), tls(mixed('strangeServer', 'others', 'ours')))).toMatch(/^refused: .*certificate/i)
    expect(await reached(address('tls', { host: 'localhost' }), tls(at('ours')))).toMatch(/^refused: .*(certificate|name)/i)
    expect(await reached(address('tls'), tls(at('nowhere')))).toMatch(/^refused/)
  })

  it('does not trust a host whose key is another one or none that is pinned, asks nobody, and writes no key down', async () => {
    const before = existsSync('/root/.ssh/known_hosts') ? readFileSync('/root/.ssh/known_hosts', 'utf8') : null
    expect(await reached(address('ssh'), ssh('key', 'pinnedOther'))).toMatch(/^refused: .*key/i)
    expect(await reached(address('ssh'), ssh('key', 'pinnedNone'))).toMatch(/^refused: .*(key|host)/i)
    expect(await reached(address('ssh'), ssh('key', 'nowhere'))).toMatch(/^refused/)
    expect(await reached(address('ssh'), ssh('otherKey', 'pinned'))).toMatch(/^refused/)
    expect(existsSync('/root/.ssh/known_hosts') ? readFileSync('/root/.ssh/known_hosts', 'utf8') : null).toBe(before)
    expect(readFileSync(at('pinnedNone'), 'utf8')).toBe('')
  })

  it('tells a loop of changes at once, which it would else see at its next look an hour later', async () => {
    const config = at('hinted.json')
    writeFileSync(config, JSON.stringify({ formatVersion: 1, name: 'hinted', intervalMs: 3_600_000, stateFolder: at('hinted'), tls: { folder: at('ours') }, hosts: [{ id: 'a', driver: 'test', transport: 'tls', address: '127.0.0.1', port: tlsPort }] }))
    const loop = spawn(process.execPath, ['dist/plimsoll.js', 'run', '--config', config, '--json'], { stdio: ['ignore', 'ignore', 'pipe'] })
    const inputs = (): string[] => {
      const records = at('hinted', 'records')
      const [record] = existsSync(records) ? readdirSync(records) : []
      const file = join(records, record ?? '', 'inputs.ndjson')
      return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter((line) => line !== '') : []
    }
    const until = async (count: number): Promise<void> => {
      for (let tries = 0; tries < 200 && inputs().length < count; tries++) await wait(100)
    }
    const virsh = (...args: string[]): void => run('virsh', '-c', `test+tls://127.0.0.1:${tlsPort}/default?pkipath=${at('ours')}`, ...args)
    try {
      await until(1)
      // The event may be told before it is listened for: then this one is not.
      for (let tries = 0; tries < 20 && inputs().length < 2; tries++) {
        virsh('suspend', 'test')
        virsh('resume', 'test')
        await wait(500)
      }
      expect(inputs().length).toBeGreaterThan(1)
    } finally {
      const ended = new Promise((resolve) => loop.once('exit', resolve))
      loop.kill('SIGTERM')
      await ended
    }
  })

  it('is how plimsoll observe reaches a pool of both', async () => {
    const config = at('pool.json')
    const host = (id: string, transport: string, port: number): object => ({ id, driver: 'test', transport, address: '127.0.0.1', port })
    writeFileSync(config, JSON.stringify({ formatVersion: 1, name: 'both', stateFolder: at('state'), tls: { folder: at('ours') }, ssh: { user: 'root', keyFile: at('key'), knownHostsFile: at('pinned') }, hosts: [host('a', 'tls', tlsPort), host('b', 'ssh', sshPort)] }))
    let said = ''
    const code = await runProgram(['observe', '--config', config, '--every', '1s', '--out', at('seen.json')], { out: (text) => void (said += text), err: (text) => void (said += text), isInteractive: false, columns: 80, workingDirectory: root })
    expect([code, said.includes('BEGIN'), code === 0 ? '' : said]).toEqual([0, false, ''])
    expect((JSON.parse(readFileSync(at('seen.json'), 'utf8')) as { hosts: { id: string }[] }).hosts.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})
