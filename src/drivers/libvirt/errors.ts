import type { FailureClass } from '../../execute/protocol/effects.ts'
import type { CallFailure } from './messages.ts'

/** What a failure means. `readFirst`: the call may have done its work all the same, both hosts are read before anything else. */
export interface Meaning {
  /** Name of the case, stable. */
  readonly name: string
  readonly readFirst: boolean
  readonly class: FailureClass
}

interface Row extends Meaning {
  readonly codes: readonly number[] | null
  readonly domains: readonly number[] | null
  readonly text: RegExp | null
}

const row = (name: string, kind: FailureClass, codes: readonly number[] | null, domains: readonly number[] | null, text: RegExp | null, readFirst = false): Row => ({ name, class: kind, codes, domains, text, readFirst })

/**
 * Failures by code, domain and text, the more special first. Code 1 alone covers the same host, a missing disk, no memory
 * and a lost peer, so that texts decide. Domains: 7 RPC, 10 QEMU, 20 domain, 34 hook, 41 libxl. Texts are libvirt 9's.
 */
export const ERROR_ROWS: readonly Row[] = [
  // Whether it runs there is not known: only the hosts can tell, and nothing may be destroyed on it.
  row('finishUnknown', 'unknown', null, null, /finished but we don't know if the domain was successfully started/, true),
  row('finishUnknown', 'unknown', [93], null, null, true),
  row('postCopyBroken', 'operator', null, null, /cannot abort migration in post-copy mode|failed during post-copy; leaving the domain paused/, true),
  row('resumeFailed', 'operator', null, null, /Unable to resume domain .* after failed migration/, true),
  row('notRunningThere', 'otherHost', null, null, /Domain is not running on destination host/, true),

  row('aborted', 'unknown', [78], null, null, true),
  row('jobRunning', 'sameLater', null, null, /another migration job is already running/, true),
  row('vmOff', 'unknown', [55], null, /domain is not running/, true),
  row('vmGone', 'unknown', [42], null, null, true),
  row('lockBusy', 'sameLater', [68], null, null, true),
  row('lockBusy', 'sameLater', null, null, /cannot acquire state change lock|max_queued/, true),
  row('diskFailed', 'operator', null, null, /cannot migrate domain with I\/O error/),
  row('definitionLost', 'operator', [69], null, null, true),
  row('resourceBusy', 'sameLater', [83, 87], null, null),
  row('noPort', 'sameLater', null, null, /Unable to find an unused port in range 'migration'/),

  row('missingDisk', 'otherHost', [1], [10], /process exited while connecting to monitor/),
  row('noMemory', 'otherHost', null, null, /Cannot allocate memory|cannot set up guest memory/),
  row('balloonFailed', 'otherHost', null, null, /Failed to balloon domain0 memory/),
  row('xenSendFailed', 'otherHost', [1], [41], /Failed to send migration data to destination host/, true),
  row('guestCpu', 'otherHost', [91], null, null),
  row('guestCpu', 'otherHost', null, null, /guest CPU doesn't match specification|CPU incompatible/),
  row('unsupportedMachine', 'otherHost', null, null, /Unsupported machine type|unsupported machine type/),

  row('unsafeDisk', 'vmPinned', [81], null, null),
  row('cannotMove', 'vmPinned', [84], null, null),
  row('cannotMove', 'vmPinned', null, null, /has an? assigned|non-migratable device|virtiofs|transient disk|with snapshots|Cannot migrate empty or read-only disk|migration is blocked|State blocked by|hostdev|host device/i),

  row('foreignHook', 'operator', [70], [34], /^(?!.*plimsoll:)/s),
  row('cordoned', 'otherHost', [70], [34], /plimsoll:/),
  row('hookRefused', 'operator', [70], null, null),
  row('nameTaken', 'otherHost', null, null, /already exists with uuid|already defined with uuid/),
  row('streamVersion', 'hostOut', null, null, /migration stream version .* not supported|hostname on destination resolved to localhost/),
  row('noAddress', 'hostOut', null, null, /Unable to resolve address|unable to resolve|Name or service not known/),
  row('noAccess', 'operator', [29, 45, 79, 88, 94], null, null),
  row('noAccess', 'operator', null, null, /Host key verification failed|certificate|Permission denied|authentication failed|security label|access denied/i),

  row('targetLost', 'unknown', null, null, /client socket is closed|End of file while reading data|Cannot recv data|Connection reset by peer|keepalive timeout|Lost connection to destination|No route to host/i, true),
  row('connectionRefused', 'otherHost', [38], [7], /Connection refused/),
  row('qemuEnded', 'otherHost', [1], [10], /qemu unexpectedly closed the monitor/),
  row('sameHost', 'operator', [1], null, /migrate guest to the same host/),
  row('ourOptions', 'operator', [8], null, /unsupported flags|unsupported option/),
  row('notSupported', 'vmPinned', [3, 8, 27, 67, 74], null, null),
  row('guestAgent', 'sameLater', [86, 97], null, null),
  row('networkFailed', 'unknown', [38], null, null, true),
]

const matches = ({ codes, domains, text }: Row, failure: CallFailure): boolean =>
  (codes === null || (failure.code !== null && codes.includes(failure.code))) && (domains === null || (failure.domain !== null && domains.includes(failure.domain))) && (text === null || text.test(failure.text))

/** What a failure of an effect means. One that nothing explains is unknown: read the hosts, then ask the operator. */
export function meaningOf(failure: CallFailure): Meaning {
  if (failure.code === null) return failure.mayHaveBegun ? { name: 'noAnswer', class: 'unknown', readFirst: true } : { name: 'notBegun', class: 'sameLater', readFirst: false }
  const found = ERROR_ROWS.find((one) => matches(one, failure))
  return found === undefined ? { name: 'unheardOf', class: 'unknown', readFirst: true } : { name: found.name, class: found.class, readFirst: found.readFirst }
}
