#!/usr/bin/env node
// The door every command goes through. Old syntax on purpose: it has to run on any Node, to say what is missing.
//   sluice …                      runs the gateway's command line
//   sluice --run FILE …           runs a script of this source checkout (npm test, npm run check, …)
// In a checkout it installs the locked dependencies when they are missing or older than the lock file, and on a Node
// that is too old it borrows the pinned one of tools/runtime. In the published package it does neither.
'use strict'
var fs = require('fs')
var path = require('path')
var url = require('url')
var childProcess = require('child_process')

var root = path.join(__dirname, '..')
var isCheckout = fs.existsSync(path.join(root, 'src'))
var args = process.argv.slice(2)

/** Node 24.18.1, 26.5.1 and what follows them: package.json, "engines". */
function isNewEnough(version) {
  var parts = version.split('.').map(Number)
  var floor = parts[0] === 24 ? [24, 18, 1] : [26, 5, 1]
  for (var i = 0; i < 3; i++) if (parts[i] !== floor[i]) return parts[i] > floor[i]
  return true
}

function isInstalled(folder) {
  var lock = path.join(folder, 'package-lock.json')
  var marker = path.join(folder, 'node_modules', '.package-lock.json')
  return fs.existsSync(marker) && fs.statSync(marker).mtimeMs >= fs.statSync(lock).mtimeMs
}

function install(folder, what) {
  if (isInstalled(folder)) return
  process.stderr.write('sluice: installing ' + what + ' (npm ci) …\n')
  var npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  var result = childProcess.spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) fail('npm ci failed in ' + folder + '; run it by hand to see why.')
  // npm leaves the marker alone when there is nothing to do; the next start must not ask again.
  var now = new Date()
  fs.utimesSync(path.join(folder, 'node_modules', '.package-lock.json'), now, now)
}

function fail(sentence) {
  process.stderr.write('sluice: ' + sentence + '\n')
  process.exit(1)
}

function borrowedNode() {
  var folder = path.join(root, 'tools', 'runtime')
  install(folder, 'a newer Node, for this folder only')
  var platform = process.platform + '-' + process.arch
  var packages = ['node-' + platform, 'node-bin-' + platform, 'node-' + platform.replace('win32', 'win')]
  for (var i = 0; i < packages.length; i++) {
    var file = path.join(folder, 'node_modules', packages[i], 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    if (fs.existsSync(file)) return file
  }
  fail('needs Node 24.18.1 or newer, and has none to lend for ' + platform + '.')
}

/** Runs this file again on the borrowed Node, as if it were this process: same signals, same exit status. */
function runOn(node) {
  process.stderr.write('sluice: Node ' + process.versions.node + ' is too old; using the pinned one of tools/runtime.\n')
  // The fourth stream is how the child learns that this process was killed; main.ts then ends too.
  var child = childProcess.spawn(node, [__filename].concat(args), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
  ;['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'].forEach(function (signal) {
    process.on(signal, function () {
      // A terminal sends Ctrl-C to the whole group: the child has it already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  })
  child.on('exit', function (code, signal) {
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exit(code)
  })
}

function run() {
  if (!isNewEnough(process.versions.node)) {
    if (isCheckout) return runOn(borrowedNode())
    return fail('needs Node 24.18.1 or newer; this is ' + process.versions.node + '.')
  }
  if (isCheckout) install(root, 'the locked dependencies')
  var entry = isCheckout ? path.join(root, 'src', 'main.ts') : path.join(root, 'dist', 'main.js')
  if (isCheckout && args[0] === '--run') {
    entry = path.resolve(root, args[1])
    process.argv.splice(1, 3, entry)
  }
  require('module').enableCompileCache()
  import(url.pathToFileURL(entry).href)
}

run()
