//! A TCP proxy that misbehaves on command: it stands between the program and a server that it needs.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::watch,
};

/// How the proxy behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Passes everything on.
    None,
    /// Nobody listens.
    Refuse,
    /// Connections are taken and torn down.
    Reset,
    /// Connections are taken, and nothing ever comes back.
    BlackHole,
    /// The server is gone, and the client has not been told.
    HalfOpen,
    /// Answers come byte by byte.
    Trickle,
    /// Everything takes longer.
    Delay,
    /// Answers break off.
    Truncate,
}

impl Fault {
    /// All that is wrong.
    pub const ALL: [Self; 7] = [
        Self::Refuse,
        Self::Reset,
        Self::BlackHole,
        Self::HalfOpen,
        Self::Trickle,
        Self::Delay,
        Self::Truncate,
    ];
}

const TRICKLE: Duration = Duration::from_millis(20);
const DELAY: Duration = Duration::from_millis(400);
/// What is let through before an answer breaks off.
const WHOLE_BYTES: usize = 7;

/// The proxy. It ends with its owner.
pub struct FaultProxy {
    pub port: u16,
    fault: watch::Sender<Fault>,
    /// Connections that a fault has hit.
    hit: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl FaultProxy {
    /// Starts one in front of `server`.
    pub fn start(server: SocketAddr) -> Self {
        let listener = listen(0).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (fault, faults) = watch::channel(Fault::None);
        let hit = Arc::<AtomicUsize>::default();
        let counted = hit.clone();
        #[expect(clippy::disallowed_methods, reason = "the proxy is a world of its own")]
        let task = tokio::spawn(serve(listener, port, server, faults, counted));
        Self { port, fault, hit, task }
    }

    /// Behaves so from now on, also towards connections that are open.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// How many connections have been hit by a fault.
    pub fn hit(&self) -> usize {
        self.hit.load(Ordering::Relaxed)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port)))?;
    socket.listen(256)
}

async fn serve(
    listener: TcpListener,
    port: u16,
    server: SocketAddr,
    mut faults: watch::Receiver<Fault>,
    hit: Arc<AtomicUsize>,
) {
    let mut listener = Some(listener);
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let refusing = *faults.borrow_and_update() == Fault::Refuse;
        if refusing {
            listener = None;
        } else if listener.is_none() {
            listener = listen(port).ok();
        }
        tokio::select! {
            changed = faults.changed() => if changed.is_err() { return },
            accepted = accept(listener.as_ref()) => {
                if let Some(client) = accepted {
                    connections.spawn(connection(client, server, faults.clone(), hit.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => Some(listener.accept().await.ok()?.0),
        None => std::future::pending().await,
    }
}

/// One connection, until it ends or a fault ends it.
async fn connection(
    mut client: TcpStream,
    server: SocketAddr,
    mut faults: watch::Receiver<Fault>,
    hit: Arc<AtomicUsize>,
) {
    let began = *faults.borrow_and_update();
    if matches!(began, Fault::Reset | Fault::BlackHole | Fault::HalfOpen) {
        hit.fetch_add(1, Ordering::Relaxed);
        return strike(client, began, &mut faults).await;
    }
    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
    if client.set_nodelay(true).and(upstream.set_nodelay(true)).is_err() {
        return;
    }
    let struck = {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = upstream.split();
        let (sending, answering) = (faults.clone(), faults.clone());
        tokio::select! {
            () = pass(&mut from_client, &mut to_server, sending, Way::There) => None,
            () = pass(&mut from_server, &mut to_client, answering, Way::Back) => None,
            fault = ending(&mut faults) => Some(fault),
        }
    };
    match struck {
        Some(fault) => {
            hit.fetch_add(1, Ordering::Relaxed);
            // The server learns that its client is gone; the client learns what the fault lets it.
            drop(upstream);
            strike(client, fault, &mut faults).await;
        }
        None => {
            if *faults.borrow() != Fault::None {
                hit.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Waits for a fault that ends connections.
async fn ending(faults: &mut watch::Receiver<Fault>) -> Fault {
    let ends =
        |fault: &Fault| matches!(fault, Fault::Refuse | Fault::Reset | Fault::BlackHole | Fault::HalfOpen);
    let begun = faults.wait_for(ends).await.map(|fault| *fault);
    match begun {
        Ok(fault) => fault,
        Err(_) => std::future::pending().await,
    }
}

async fn strike(client: TcpStream, fault: Fault, faults: &mut watch::Receiver<Fault>) {
    match fault {
        Fault::BlackHole | Fault::HalfOpen => {
            // Silent until the fault is over; then the connection turns out to be dead.
            drop(faults.wait_for(|now| *now != fault).await);
        }
        _ => {}
    }
    // A reset, not an orderly end.
    let _set = client.set_zero_linger();
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    There,
    Back,
}

async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    faults: watch::Receiver<Fault>,
    way: Way,
) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let Ok(read) = from.read(&mut buffer).await else { return };
        let fault = *faults.borrow();
        let bytes = &buffer[..read];
        if bytes.is_empty() {
            return;
        }
        let passed = match (fault, way) {
            (Fault::Delay, _) => {
                tokio::time::sleep(DELAY).await;
                to.write_all(bytes).await
            }
            (Fault::Trickle, Way::Back) => trickle(to, bytes, &faults).await,
            (Fault::Truncate, Way::Back) => {
                let _sent = to.write_all(&bytes[..WHOLE_BYTES.min(bytes.len())]).await;
                return;
            }
            _ => to.write_all(bytes).await,
        };
        if passed.is_err() {
            return;
        }
    }
}

async fn trickle(
    to: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
    faults: &watch::Receiver<Fault>,
) -> std::io::Result<()> {
    for (at, byte) in bytes.iter().enumerate() {
        if *faults.borrow() != Fault::Trickle {
            return to.write_all(&bytes[at..]).await;
        }
        to.write_all(&[*byte]).await?;
        tokio::time::sleep(TRICKLE).await;
    }
    Ok(())
}
