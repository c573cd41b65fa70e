/** All methods. A new one is a file in this room and a line here; help, specs, bench and pictures follow. */
import {intra} from './intra.js'
import type {Method} from './method.js'
import {random} from './random.js'

export const METHODS: readonly Method[] = [intra, random]
