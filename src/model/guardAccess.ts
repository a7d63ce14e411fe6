/** How the guard on a host is reached (packaging/plimsoll-guard): it cordons the host and switches it off when it is empty. */
export type GuardAccess =
  /** `program`: path of the guard on the host; `knownHostsFile` holds the host's pinned key. */
  | { readonly kind: 'ssh'; readonly address: string; readonly port: number; readonly user: string; readonly keyFile: string; readonly knownHostsFile: string; readonly program: string }
  /** A program of the site's own that runs the guard on the host; the guard's arguments are added. */
  | { readonly kind: 'command'; readonly run: readonly string[] }
