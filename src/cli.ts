#!/usr/bin/env node
import { version } from './version.js';

process.stdout.write(`peep ${version}\n`);
