/** Where a secret is; its value is never in a file of ours, an argument, a log or the journal. */
export type SecretPlace = { readonly file: string } | { readonly environment: string }

/** How a host is switched on, and how its power is seen from outside. Addresses come from the inventory alone. */
export type PowerControl =
  /** IPMI 2.0 over the network; `cipherSuite` as ipmitool's -C. */
  | { readonly kind: 'ipmi'; readonly address: string; readonly port: number; readonly user: string; readonly password: SecretPlace; readonly cipherSuite: number }
  /** Redfish over TLS; `certificateFile`: the one certificate that is accepted (PEM); null: one that the machine trusts. */
  | { readonly kind: 'redfish'; readonly address: string; readonly port: number; readonly system: string; readonly user: string; readonly password: SecretPlace; readonly certificateFile: string | null }
  /** A magic packet; says nothing of the power, so that the host itself must answer. */
  | { readonly kind: 'wakeOnLan'; readonly mac: string; readonly broadcast: string; readonly port: number }
  /** Programs of the site's own: `on` wakes, `status` ends with 0 = on, 1 = off, anything else = not known. */
  | { readonly kind: 'command'; readonly on: readonly string[]; readonly status: readonly string[] }
  /** Does nothing and says so: for trying a policy out. */
  | { readonly kind: 'dry' }

export type PowerControlKind = PowerControl['kind']
