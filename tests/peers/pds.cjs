// Starts a Bluesky PDS and its directory on 127.0.0.1, says where on one line, and ends with its parent.
const net = require('node:net')
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  // the stock one listens on every interface
  if (typeof args[0] === 'number' || args[0] === undefined) {
    const callback = args.find((each) => typeof each === 'function')
    return listen.call(this, { port: args[0] || 0, host: '127.0.0.1' }, callback)
  }
  if (args[0] && typeof args[0] === 'object' && !args[0].path) args[0] = { ...args[0], host: '127.0.0.1' }
  return listen.apply(this, args)
}

const free = () =>
  new Promise((resolve) => {
    const probe = net.createServer()
    probe.listen(0, () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })

async function main() {
  const { TestNetworkNoAppView } = require('@atproto/dev-env')
  const { ADMIN_PASSWORD: adminPassword, JWT_SECRET: jwtSecret } = require('@atproto/dev-env/dist/const')
  const network = await TestNetworkNoAppView.create({
    pds: { port: await free(), hostname: 'localhost', rateLimitsEnabled: true },
    plc: { port: await free() },
  })
  process.stdout.write(JSON.stringify({ url: network.pds.url, adminPassword, jwtSecret }) + '\n')
}

process.stdin.on('end', () => process.exit(0)).resume()
main().catch((error) => {
  console.error(error)
  process.exit(1)
})
