import { describe, expect, it } from 'vitest'
import { ERROR_ROWS, meaningOf } from '../../../src/drivers/libvirt/errors.ts'
import type { FailureClass } from '../../../src/execute/protocol/effects.ts'

const said = (code: number, domain: number, text: string) => meaningOf({ code, domain, text, mayHaveBegun: true })

/** Case, code, domain, text as libvirt 9 says it, class of the reply, whether both hosts must be read first. */
const TABLE: readonly [string, number, number, string, FailureClass, boolean][] = [
  ['aborted on purpose', 78, 10, "operation aborted: job 'migration out' canceled by client", 'unknown', true],
  ['second job at once', 55, 10, 'Requested operation is not valid: another migration job is already running for domain', 'sameLater', true],
  ['port refused, daemon down', 38, 7, "unable to connect to server at 'h2:16509': Connection refused", 'otherHost', false],
  ['unknown name', 38, 7, "unable to connect to server at 'h7:16509': Unable to resolve address 'h7' service '16509': Name or service not known", 'hostOut', false],
  ['no route, or the link went down', 38, 7, "unable to connect to server at 'h2:16509': No route to host", 'unknown', true],
  ['name taken on target', 9, 20, "operation failed: domain 'x' already exists with uuid 217b3037-4ee5-4208-874b-b79c5a38b7e4", 'otherHost', false],
  ['VM off', 55, 20, 'Requested operation is not valid: domain is not running', 'unknown', true],
  ['VM gone', 42, 10, "Domain not found: no domain with matching uuid '...' (x)", 'unknown', true],
  ['disk missing on target', 1, 10, 'internal error: process exited while connecting to monitor: qemu-system-x86_64: -blockdev: Could not open', 'otherHost', false],
  ['target short of memory', 1, 10, 'internal error: qemu unexpectedly closed the monitor: qemu: allocate: Cannot allocate memory', 'otherHost', false],
  ['target program ended', 1, 10, 'internal error: qemu unexpectedly closed the monitor: 2026-11-23T07:00:00 qemu: terminated', 'otherHost', false],
  ['target daemon killed', 1, 7, 'internal error: client socket is closed', 'unknown', true],
  ['source daemon killed', 38, 7, 'End of file while reading data: Input/output error', 'unknown', true],
  ['cordoned by our hook', 70, 34, 'Hook script execution failed: internal error: Child process (...) unexpected exit status 1: plimsoll: this host is cordoned', 'otherHost', false],
  ['refused by a hook of somebody else', 70, 34, 'Hook script execution failed: internal error: Child process (...) unexpected exit status 1: no', 'operator', false],
  ['same host', 1, 10, 'internal error: Attempt to migrate guest to the same host 6b766d74', 'operator', false],
  ['Xen: option not known', 8, 41, 'invalid argument: unsupported flags (0x2000) in function libxlDomainMigratePerform3Params', 'operator', false],
  ['Xen: no memory or no shadow paging', 1, 41, 'internal error: Failed to send migration data to destination host', 'otherHost', true],
  ['finish not known', 1, 10, "internal error: Migration of domain x finished but we don't know if the domain was successfully started on destination or not", 'unknown', true],
  ['MIGRATE_FINISH_OK', 93, 10, 'migration finished', 'unknown', true],
  ['state lock', 68, 10, 'Timed out during operation: cannot acquire state change lock (held by monitor=remoteDispatchDomainMigratePerform3Params)', 'sameLater', true],
  ['keepalive', 1, 7, 'internal error: connection closed due to keepalive timeout', 'unknown', true],
  ['reset by peer', 38, 7, 'Cannot recv data: Connection reset by peer', 'unknown', true],
  ['destination lost', 9, 10, 'operation failed: Lost connection to destination host', 'unknown', true],
  ['CPU', 9, 10, "operation failed: guest CPU doesn't match specification: missing features: avx512f", 'otherHost', false],
  ['CPU_INCOMPATIBLE', 91, 10, 'the CPU is incompatible with host CPU', 'otherHost', false],
  ['unsafe disk', 81, 10, 'Unsafe migration: Migration may lead to data corruption if disks use cache != none', 'vmPinned', false],
  ['host device', 84, 10, 'Operation not supported: cannot migrate a domain with <hostdev mode=subsystem>', 'vmPinned', false],
  ['virtiofs', 9, 10, 'operation failed: migration with virtiofs device is not supported', 'vmPinned', false],
  ['empty disk', 55, 10, 'Requested operation is not valid: Cannot migrate empty or read-only disk hda', 'vmPinned', false],
  ['I/O error', 55, 10, 'Requested operation is not valid: cannot migrate domain with I/O error', 'operator', false],
  ['definition lost', 69, 10, 'migration successful but failed to persist', 'operator', true],
  ['no port', 1, 0, "internal error: Unable to find an unused port in range 'migration' (49152-49215)", 'sameLater', false],
  ['authentication', 45, 7, 'authentication failed: denied by polkit', 'operator', false],
  ['access', 88, 10, 'access denied', 'operator', false],
  ['host key', 38, 7, 'Cannot recv data: Host key verification failed.: Connection reset by peer', 'operator', false],
  ['image rights', 1, 10, "internal error: qemu unexpectedly closed: Could not open '/x': Permission denied", 'operator', false],
  ['not supported', 3, 41, 'this function is not supported by the connection driver', 'vmPinned', false],
  ['machine type', 67, 10, "unsupported configuration: Unsupported machine type 'pc-9'", 'otherHost', false],
  ['guest agent', 86, 10, 'Guest agent is not responding', 'sameLater', false],
  ['resource busy', 87, 10, 'Timed out: resource busy', 'sameLater', false],
  ['block job', 83, 10, "block copy still active: disk 'vda' already in active block job", 'sameLater', false],
  ['post-copy abort', 55, 10, 'Requested operation is not valid: cannot abort migration in post-copy mode', 'operator', true],
  ['post-copy broken', 9, 10, 'operation failed: Migration failed during post-copy; leaving the domain paused', 'operator', true],
  ['Xen: resume failed', 1, 41, "internal error: Unable to resume domain 'x' after failed migration", 'operator', true],
  ['Xen: not running there', 9, 41, 'operation failed: Domain is not running on destination host', 'otherHost', true],
  ['Xen: stream version', 9, 41, 'operation failed: Xen migration stream version 3 not supported on this host', 'hostOut', false],
  ['Xen: localhost', 1, 41, 'internal error: hostname on destination resolved to localhost, but migration requires an FQDN', 'hostOut', false],
  ['Xen: balloon', 9, 41, 'operation failed: Failed to balloon domain0 memory', 'otherHost', false],
]

describe('a failure', () => {
  it.each(TABLE)('%s has its class', (_, code, domain, text, kind, readFirst) => {
    expect(said(code, domain, text)).toMatchObject({ class: kind, readFirst })
  })

  it('every row of the table is met by an example', () => {
    const met = new Set(TABLE.map(([, code, domain, text]) => said(code, domain, text).name))
    expect(ERROR_ROWS.map(({ name }) => name).filter((name) => !met.has(name))).toEqual(['hookRefused', 'networkFailed'])
  })

  it('nobody has heard of is unknown, and one without an answer too', () => {
    expect(said(4711, 99, 'what is this')).toMatchObject({ class: 'unknown', readFirst: true })
    expect(meaningOf({ code: null, domain: null, text: 'no answer in 5 ms', mayHaveBegun: true })).toMatchObject({ class: 'unknown', readFirst: true })
    expect(meaningOf({ code: null, domain: null, text: 'no connection', mayHaveBegun: false })).toMatchObject({ class: 'sameLater', readFirst: false })
  })
})
