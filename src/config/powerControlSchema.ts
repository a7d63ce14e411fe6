import * as z from 'zod'
import type { PowerControl } from '../model/powerControl.ts'

/** A name of RFC 1123 or an IP literal: nothing that a program could read as an option, a path or an address with more in it. */
const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const USER = /^[A-Za-z0-9_.@][A-Za-z0-9_.@-]{0,63}$/
const MAC = /^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/
const SYSTEM = /^\/redfish\/v1\/Systems\/[A-Za-z0-9._~-]{1,128}$/
const ABSOLUTE = /^\/[^\0\n]{1,1023}$/

const named = (pattern: RegExp, expected: string) => z.string({ error: `expected ${expected}` }).regex(pattern, { error: `expected ${expected}` })

/** Where machines are: a host name or an IP address, and nothing around it. */
export const hostName = z.union([named(HOST_NAME, 'a host name'), z.ipv4(), z.ipv6()], { error: 'expected a host name or an IP address without port, user or path' })
export const portNumber = z.int({ error: 'expected a whole number' }).min(1, { error: 'expected 1 to 65535' }).max(65_535, { error: 'expected 1 to 65535' })
export const absolutePath = named(ABSOLUTE, 'an absolute path')

/** Where a secret is: never the secret itself. */
export const secretPlace = z.union([z.strictObject({ file: absolutePath }), z.strictObject({ environment: named(/^[A-Z_][A-Z0-9_]{0,127}$/, 'a name of the environment, such as BMC_PASSWORD') })], { error: 'expected {file: PATH} or {environment: NAME}: secrets are never written here' })

const user = named(USER, 'a user name of letters, digits, . _ @ and -')
const program = z.tuple([absolutePath], z.string().max(1024).regex(/^[^\0]*$/, { error: 'holds a zero byte' }))

/** How a host is switched on: the `bmc` of a host of the live pool. */
export const powerControl = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ipmi'), address: hostName, port: portNumber.default(623), user, password: secretPlace, cipherSuite: z.int().min(0).max(17).default(3) }),
  z.strictObject({ kind: z.literal('redfish'), address: hostName, port: portNumber.default(443), system: named(SYSTEM, 'a path such as /redfish/v1/Systems/1'), user, password: secretPlace, certificateFile: absolutePath.nullable().default(null) }),
  z.strictObject({ kind: z.literal('wakeOnLan'), mac: named(MAC, 'six bytes such as 52:54:00:12:34:56'), broadcast: z.union([z.ipv4(), z.ipv6()], { error: 'expected an IP address' }).default('255.255.255.255'), port: portNumber.default(9) }),
  z.strictObject({ kind: z.literal('command'), on: program, status: program }),
  z.strictObject({ kind: z.literal('dry') }),
], { error: 'expected kind: ipmi, redfish, wakeOnLan, command or dry' }) satisfies z.ZodType<PowerControl>
