import * as z from 'zod'
import { hostId } from '../model/ids.ts'
import { AUTONOMY, LIVE_DRIVERS, LIVE_TRANSPORTS, type LiveHost, type LivePool } from '../model/livePool.ts'
import { choice, count, duration, flag, memory, name, rate, strict, text } from './fields.ts'
import { hostShape } from './hostSchema.ts'
import { hostOf } from './hostValue.ts'
import { fileOrigin } from './origin.ts'
import { absolutePath, hostName, portNumber, powerControl, secretPlace } from './powerControlSchema.ts'
import { type Problems, fit, problemsOf, refuseIssues } from './problems.ts'
import type { FieldPath, SourceDocument } from './sourceDocument.ts'

const user = z.string().regex(/^[a-z_][a-z0-9_-]{0,31}$/, { error: 'expected a user name of small letters, digits, _ and -' })
const guardProgram = z.string().regex(/^\/[A-Za-z0-9_./-]{1,255}$/, { error: 'expected an absolute path of letters, digits, . _ / and -' })

const guard = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ssh'), address: hostName.optional(), port: portNumber.default(22), user: user.optional(), program: guardProgram.default('/usr/local/sbin/plimsoll-guard') }),
  z.strictObject({ kind: z.literal('command'), run: z.tuple([absolutePath], z.string().max(1024)) }),
], { error: 'expected kind: ssh or command' })

const liveHost = strict({
  id: name('Name of the host, once in the pool.'),
  driver: choice(LIVE_DRIVERS, 'Hypervisor: qemu (KVM), xen, or libvirt’s test driver. qemu without it.').optional(),
  transport: choice(LIVE_TRANSPORTS, 'How libvirt there is reached. tls without it; tcp has no authentication and wants `insecure: true`.').optional(),
  address: hostName.optional().meta({ description: 'Host name or IP address. The id without it.' }),
  port: portNumber.optional().meta({ description: 'Port of libvirt there; the transport’s own without it.' }),
  migrationAddress: hostName.optional().meta({ description: 'How the other hosts reach it for migrations; its address without it.' }),
  insecure: flag('Says that plain tcp is meant: for test networks alone.').optional(),
  bmc: powerControl.optional().meta({ description: 'How it is switched on. Without it power save leaves it alone.' }),
  guard: guard.optional().meta({ description: 'How plimsoll-guard on it is reached: it cordons the host and switches it off when it is empty. Without it the host is never switched off.' }),
  model: hostShape.model, power: hostShape.power, powerManaged: hostShape.powerManaged, rack: hostShape.rack, performanceFactor: hostShape.performanceFactor,
  migrationLinkMibPerS: rate('Rate of the network that migrations use; 10 Gbit/s without it.', 0.1).optional(),
  reserveMemoryMib: memory('Memory kept for the host itself; a tenth without it.').optional(),
  instances: z.array(text('As the metrics server calls it, with or without a port.', 256)).min(1).max(8).optional().meta({ description: 'What the metrics server calls it; its id and address without it.' }),
}, 'A host and how it is reached.')

// A name or password in the address would end up in logs, and a query would be sent along.
const serverAddress = z.string().max(1024).refine((address) => /^https?:\/\/[^/?#@\s\\]+(\/[A-Za-z0-9._~/-]*)?$/.test(address) && URL.canParse(address), { error: 'expected the address of a server such as https://prometheus:9090, without user, password and query: a bearer token stands in token' })
const label = (what: string): z.ZodOptional<z.ZodString> => z.string().refine((name) => /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name), { error: 'expected the name of a label' }).optional().meta({ description: what })

const metrics = strict({
  prometheus: serverAddress.meta({ description: 'Address of the Prometheus server.' }),
  token: secretPlace.optional().meta({ description: 'Bearer token for it.' }),
  ageMaxMs: duration('Samples older than this say nothing; 3 min without it.', 10_000, 900_000).optional(),
  hostLabel: label('Label that names the host; instance without it.'),
  vmLabel: label('Label that names the VM; domain without it.'),
}, 'A metrics server that tells loads. Without it: the hosts’ own libvirt.')

export const livePoolSchema = strict({
  formatVersion: z.literal(1).meta({ description: 'Version of this format.' }),
  name: name('Name of the pool.'),
  hosts: z.array(liveHost).min(1).max(10_000).meta({ description: 'All hosts of the pool.' }),
  tls: strict({ folder: absolutePath }, 'Folder with cacert.pem, clientcert.pem and clientkey.pem of this program.').optional(),
  ssh: strict({ user, keyFile: absolutePath, knownHostsFile: absolutePath }, 'Key of this program, and the pinned keys of the hosts.').optional(),
  mode: choice(AUTONOMY, 'What the loop may do: observe without it.').optional(),
  staged: strict({
    upTo: choice(AUTONOMY, 'The highest mode that is reached without a person.'),
    goodDays: count('Days of good predictions before each next mode.', 1, 365).optional(),
    missesMax: count('Missed predictions within a day after which the mode falls by one.', 1, 1000).optional(),
  }, 'Lets the mode rise by itself, and fall.').optional(),
  policy: text('Name of a built-in policy, or path of a policy file beside this one; balanced without it.', 1024).optional(),
  limits: strict({
    migrationsPerHourMax: count('Migrations that may be started within an hour.', 0, 100_000).optional(),
    poolMigrationsMax: count('Migrations at once.', 1, 10_000).optional(),
    hostsOnMin: count('Hosts that stay on.', 1, 10_000).optional(),
  }, 'What the loop may do at most, whatever the policy says.').optional(),
  learnMigrations: flag('Whether plans reckon with what migrations took here before; on without it.').optional(),
  stateFolder: absolutePath.meta({ description: 'Where journal, record and lock are kept.' }),
  lease: strict({ postgresql: strict({ url: secretPlace }, 'Database that keeps the lease; its URL holds a password and stands in a file or the environment.') }, 'Where controllers on several machines agree who acts. Without it: in the state folder, on one machine.').optional(),
  metrics: metrics.optional(),
  intervalMs: duration('Between two looks at the pool; 30 s without it.', 1000, 3_600_000).optional(),
}, 'A live pool: its hosts, how they are reached, and what may be done with them.').meta({ title: 'Live pool' })

type HostFields = z.output<typeof liveHost>
type PoolFields = z.output<typeof livePoolSchema>

const INTERVAL_MS = 30_000
const METRIC_AGE_MAX_MS = 180_000
const GOOD_DAYS = 7
const MISSES_MAX = 3

/** Reads the file of a live pool. Throws BadInput with everything that is wrong. */
export function parseLivePool(document: SourceDocument): LivePool {
  const problems = problemsOf(fileOrigin(document))
  const fitted = fit(livePoolSchema, document.value, [], problems)
  const pool = fitted === null ? null : poolOf(fitted.value, problems)
  refuseIssues(problems.issues)
  return pool!
}

function poolOf(fields: PoolFields, problems: Problems): LivePool {
  const seen = new Map<string, number>()
  fields.hosts.forEach(({ id }, at) => {
    if (seen.has(id)) problems.add(['hosts', at, 'id'], `is ${id}, as that of hosts[${seen.get(id)!}] is: give each host a name of its own`)
    else seen.set(id, at)
  })
  const { limits, staged, metrics } = fields
  if (staged !== undefined && AUTONOMY.indexOf(staged.upTo) < AUTONOMY.indexOf(fields.mode ?? 'observe')) problems.add(['staged', 'upTo'], `is ${staged.upTo}, below the mode that the file sets (${fields.mode ?? 'observe'}): raise it, or lower mode`)
  return {
    name: fields.name, hosts: fields.hosts.map((host, at) => hostIn(host, fields, ['hosts', at], problems)),
    access: { tlsFolder: fields.tls?.folder ?? null, ssh: fields.ssh ?? null }, mode: fields.mode ?? 'observe',
    staged: staged === undefined ? null : { upTo: staged.upTo, goodDays: staged.goodDays ?? GOOD_DAYS, missesMax: staged.missesMax ?? MISSES_MAX },
    policy: fields.policy ?? 'balanced', stateFolder: fields.stateFolder, lease: fields.lease ?? null, intervalMs: fields.intervalMs ?? INTERVAL_MS, learnMigrations: fields.learnMigrations ?? true,
    metrics: metrics === undefined ? null : { prometheus: metrics.prometheus, token: metrics.token ?? null, ageMaxMs: metrics.ageMaxMs ?? METRIC_AGE_MAX_MS, hostLabel: metrics.hostLabel ?? 'instance', vmLabel: metrics.vmLabel ?? 'domain' },
    limits: { migrationsPerHourMax: limits?.migrationsPerHourMax ?? null, poolMigrationsMax: limits?.poolMigrationsMax ?? null, hostsOnMin: limits?.hostsOnMin ?? null },
  }
}

function hostIn(fields: HostFields, pool: PoolFields, path: FieldPath, problems: Problems): LiveHost {
  const driver = fields.driver ?? 'qemu'
  const transport = fields.transport ?? (driver === 'test' ? 'local' : 'tls')
  if (transport === 'tcp' && fields.insecure !== true) problems.add([...path, 'transport'], 'is tcp, which has no authentication: take tls or ssh, or say insecure: true on a test network')
  if (transport === 'tls' && pool.tls === undefined) problems.add([...path, 'transport'], 'is tls, but the file has no tls.folder with this program’s certificate')
  if (transport === 'ssh' && pool.ssh === undefined) problems.add([...path, 'transport'], 'is ssh, but the file has no ssh with this program’s key and the hosts’ pinned keys')
  if (transport === 'local' && fields.port !== undefined) problems.add([...path, 'port'], 'has no meaning with transport local')
  // Sizes are the host's own to tell; only what a machine does not know of itself is taken from here.
  const { power, powerManaged, rack, performanceFactor, migrationLinkMibPerS } = hostOf(fields.id, { ...fields, cores: 4096, coreMhz: 20_000, memoryMib: 2 ** 28 }, path, problems)
  return {
    id: hostId(fields.id), driver, transport, address: transport === 'local' ? null : (fields.address ?? fields.id), port: fields.port ?? null, migrationAddress: fields.migrationAddress ?? null,
    bmc: fields.bmc ?? null, guard: guardOf(fields, pool, path, problems), powerManaged, rack, power: hasCurve(fields, path, problems) ? power : null, migrationLinkMibPerS, reserveMemoryMib: fields.reserveMemoryMib ?? null, performanceFactor,
    instances: fields.instances ?? [fields.id, ...(fields.address === undefined ? [] : [fields.address])],
  }
}

/** Whether the file tells the host's power; without a curve or a model it is assumed from the cores that the host shows. */
function hasCurve({ model, power }: HostFields, path: FieldPath, problems: Problems): boolean {
  if (model !== undefined || typeof power === 'string') return true
  if (power === undefined) return false
  if (power.model === undefined && power.curveW === undefined && power.idleW === undefined) problems.add([...path, 'power'], 'gives no watts at work: name a model, or give idleW and fullW, or curveW')
  return true
}

function guardOf({ guard: given, address, id }: HostFields, { ssh }: PoolFields, path: FieldPath, problems: Problems): LiveHost['guard'] {
  if (given === undefined) return null
  if (given.kind === 'command') return given
  if (ssh === undefined) {
    problems.add([...path, 'guard'], 'is reached over ssh, but the file has no ssh with this program’s key and the hosts’ pinned keys')
    return null
  }
  return { kind: 'ssh', address: given.address ?? address ?? id, port: given.port, user: given.user ?? ssh.user, keyFile: ssh.keyFile, knownHostsFile: ssh.knownHostsFile, program: given.program }
}
