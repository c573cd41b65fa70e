/** All methods. A new one is a file in this room and a line here; help, specs, bench and pictures follow. */
import {inter} from './inter.js'
import {intra} from './intra.js'
import type {Method} from './method.js'
import {q8} from './q8.js'
import {random} from './random.js'
import {tome, tomeVwt} from './tome.js'

export const METHODS: readonly Method[] = [intra, inter, random, tome, tomeVwt, q8]
