import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { PowerControl, SecretPlace } from '../../model/powerControl.ts'
import { type Result, done, refuse } from '../../model/result.ts'
import { type Secret, readSecret } from '../secret.ts'
import { commandController } from './command.ts'
import type { PowerController } from './controller.ts'
import { dryController } from './dry.ts'
import { ipmiController } from './ipmi.ts'
import { redfishController } from './redfish.ts'
import { wakeOnLanController } from './wakeOnLan.ts'

/** The controller of one host's power. Refuses when a secret or certificate that it needs is not there. */
export function powerOf(control: PowerControl, environment: NodeJS.ProcessEnv): Result<PowerController> {
  switch (control.kind) {
    case 'ipmi':
      return withSecret(control.password, environment, (password) => done(ipmiController(control, password)))
    case 'redfish':
      return withSecret(control.password, environment, (password) => withPin(control.certificateFile, (pin) => done(redfishController(control, password, pin))))
    case 'wakeOnLan':
      return done(wakeOnLanController(control))
    case 'command':
      return done(commandController(control))
    case 'dry':
      return done(dryController)
  }
}

function withSecret(place: SecretPlace, environment: NodeJS.ProcessEnv, use: (secret: Secret) => Result<PowerController>): Result<PowerController> {
  const secret = readSecret(place, environment)
  return secret.ok ? use(secret.value) : secret
}

function withPin(file: string | null, use: (pin: X509Certificate | null) => Result<PowerController>): Result<PowerController> {
  if (file === null) return use(null)
  try {
    return use(new X509Certificate(readFileSync(file)))
  } catch (error) {
    return refuse('noCertificate', `${file} is no certificate that can be read (${(error as Error).message}): expected a PEM file`)
  }
}
