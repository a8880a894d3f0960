// Loaded into programs of Node, of version 12 and later: whoever connects to the proxy by host and port gets its socket.
'use strict';
const net = require('net');
const path = require('path');

// A copy of this file stands beside the socket.
const socket = path.join(__dirname, 'socket');
const port = 3128;
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  // net.connect() hands its arguments on as one list, with the callback as its second.
  const list = Array.isArray(given[0]) ? given[0] : given;
  const to =
    typeof list[0] === 'object' && list[0] !== null ? list[0] : { port: list[0], host: list[1] };
  const done = list.find((one) => typeof one === 'function');
  if (Number(to.port) !== port || to.host !== '127.0.0.1') {
    return connect.apply(this, given);
  }
  return done ? connect.call(this, { path: socket }, done) : connect.call(this, { path: socket });
};
