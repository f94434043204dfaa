// SPDX-License-Identifier: MPL-2.0
#pragma once

/// \file
/// What can be set of a node. Fill the struct yourself, or let `config::from` read flags over the
/// environment over a file over the defaults.
///
/// Every setting has one name in three spellings: the key `heartbeat_ms` of the TOML file, the flag
/// `--heartbeat-ms`, and the variable `KITH_HEARTBEAT_MS`. The file has `key = value` lines only:
/// no tables. An unknown key or flag is an error; an unknown `KITH_*` variable only when it is
/// nearly one of these, since programs share their environment.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kith/errors.hpp>

namespace kith {

/// A setting of the service's own, read back with `config::extra`.
struct config_option {
  std::string_view name;           ///< the key, "gateway_url"; letters, digits and `_`
  std::string_view description;    ///< one line for --help
  std::string_view default_value;  ///< may be empty
  std::string_view rule = {};      ///< what it must be, for who gives another value: "1 to 100"
  bool (*fits)(std::string_view) = nullptr;  ///< whether a value is so; null: any is
};

/// A value that the program decides by itself, whatever the flags, variables and files for services
/// say: a tool that only looks around serves no pages.
struct config_value {
  std::string_view key;
  std::string_view value;
};

/// The settings of one node. A plain value: it is checked when a node is made of it (`check`).
struct config {
  /// The name callers use: "order". Letters, digits and `.`, `-`, `_`, at most 64; empty for a tool
  /// that offers nothing. Not a setting: the program says it.
  std::string service;

  /// Name of this one instance. Give it when logs and dashboards should know the instance across
  /// restarts; two living nodes of one name are reported, and the older one gets no more calls.
  /// Empty: the service's name and the first 8 digits of the node's id. Key `instance`.
  std::string instance;

  /// Nodes of different domains do not see each other: one for each installation that shares a
  /// machine or a network. Key `domain`.
  std::string domain = "kith";

  /// Where the node listens: "tcp://127.0.0.1:*", "tcp://[::1]:5555", "ipc:///run/kith/order". The
  /// inbox gets this address; the outlet for events the same host and a free port (or the path with
  /// ".events"). Anything that other machines can reach needs `trust` or `insecure_lan`. Key
  /// `listen`.
  std::string listen = "tcp://127.0.0.1:*";

  /// Whether nodes of the same user on this machine call each other over ipc, where a round trip
  /// takes less time. It comes beside `listen`: what cannot be reached so is reached there, within
  /// 200 ms. Key `ipc`.
  bool ipc = true;

  /// Where the sockets for that are, one for each node. It is made with mode 0700, and not used
  /// when it belongs to another user or is open to others. All nodes that shall meet need the same
  /// one. Empty: `$XDG_RUNTIME_DIR/kith` where that is ours, else `/tmp/kith-UID`. Key `ipc_dir`.
  std::string ipc_dir;

  /// File of this node's own CURVE keys and of the public keys that others are known by; its mode
  /// must be 0600. With it links are encrypted and both sides prove who they are; whoever cannot is
  /// refused, and a node without keys is not talked to. Empty: no keys. Key `keys`.
  std::string keys;

  /// Directory of the root's public half, of this node's own keys and certificate, and of the
  /// certificates of others (docs/security.md). With it links are encrypted, everybody is who its
  /// certificate says, and does what that gives; it is read again every 2 s. Not together with
  /// `keys`. Empty: no trust. Key `trust`.
  std::string trust;

  /// Whose keys of that directory a program without a service uses: "operator" for operator.keys.
  /// Empty: the only ones there. Key `trust_as`.
  std::string trust_as;

  /// Permits to listen and to beacon where other machines can reach it, without `trust`. Without
  /// keys everybody on that network may then call everything; with a keys file all who are in it
  /// may. Key `insecure_lan`.
  bool insecure_lan = false;

  /// Nodes to ask for all others, "10.0.0.7:5555", "[::1]:5555" or "plant.example:5555"; one that
  /// lives is enough, and it need not be the same one tomorrow. Needed where multicast does not
  /// work. At most 64. One on another machine needs `trust` or `insecure_lan`. Key `seed`: with
  /// commas between them, or as a list in the file; the flag may repeat.
  std::vector<std::string> seeds;

  /// Whether to announce itself and to look for others by multicast. Without it, and without seeds,
  /// a node finds nobody by itself. Key `beacon`.
  bool beacon = true;
  /// Key `beacon_port`. All nodes of a domain need the same one.
  std::uint16_t beacon_port = 7584;
  /// IPv4 multicast group. Key `beacon_group`.
  std::string beacon_group = "239.255.75.84";

  /// How this node chooses whom it calls: "peak_ewma" or "round_robin" (docs/resilience.md). Key
  /// `balance`.
  std::string balance = "peak_ewma";
  /// Where the node runs ("rack-7"). Calls stay in the zone while enough of its instances are
  /// usable. Key `zone`.
  std::string zone;
  /// Share of the calls, relative to the other instances of the service; 0 takes none. Key
  /// `weight`.
  std::uint32_t weight = 100;

  /// How long an instance that is new among others gets less than its share of the calls: from a
  /// tenth of it up. Zero: it gets all at once. Key `slow_start_ms`.
  std::chrono::milliseconds slow_start{30'000};
  /// How often a call may be sent, each time to another instance, where that is safe: 1 to 8. What
  /// that may cost is bounded (docs/resilience.md). Key `attempts`.
  std::uint32_t attempts = 3;
  /// Whether an idempotent call that is late is sent to a second instance as well; whoever answers
  /// first is taken. One call in ten at most. Key `hedge`.
  bool hedge = true;

  /// When an instance gets no more calls of a method for a while, its circuit breaker being open
  /// (docs/resilience.md): when so many percent of the calls failed, at least; 0: failures never
  /// open it. Key `breaker_failure_percent`.
  std::uint32_t breaker_failure_percent = 50;
  /// A call that lasts so long is slow, also when it is answered or given up in the end; long polls
  /// and streams never are. Lower than the default deadline, else the calls have failed by then;
  /// well above what calls usually take, else a healthy instance is barred. 0: none is slow. Key
  /// `breaker_slow_ms`.
  std::chrono::milliseconds breaker_slow{0};
  /// Opens the breaker when so many percent of the calls were slow, at least. Key
  /// `breaker_slow_percent`.
  std::uint32_t breaker_slow_percent = 50;
  /// Which calls these are: those of the latest while. Longer notices later, and forgets later. Key
  /// `breaker_window_ms`.
  std::chrono::milliseconds breaker_window{10'000};
  /// Or the latest so many, up to 256, however long ago, which suits callers that call seldom. 0:
  /// by time. Key `breaker_window_calls`.
  std::uint32_t breaker_window_calls = 0;
  /// Fewer calls decide nothing; never more than `breaker_window_calls`. Lower decides sooner, and
  /// by chance. Key `breaker_minimum_calls`.
  std::uint32_t breaker_minimum_calls = 10;

  /// Interval of heartbeats. A silent peer is suspect after 3 of them: out of rotation. It is dead
  /// after 6 and a refused dial; one that does not answer a dial is given seconds more, and others
  /// are asked whether they hear it (docs/discovery.md). Lower: quicker, more packets (one for each
  /// peer and interval), more false alarms on a loaded machine. Key `heartbeat_ms`.
  std::chrono::milliseconds heartbeat{300};

  /// Time for a call that names no deadline of its own. Key `default_deadline_ms`.
  std::chrono::milliseconds default_deadline{1000};

  /// How long a stopping node waits for the calls in progress. Longer loses fewer of them, and
  /// delays a restart by at most that. Key `drain_ms`.
  std::chrono::milliseconds drain{5000};

  /// Handlers that are coroutines and work at one time; those beyond wait. 0: the number follows
  /// from how the time they take grows with it, 16 to 4096, which suits handlers that are all of
  /// one kind. Lower keeps what is behind the handlers (a database, another service) from drowning;
  /// too low leaves it idle: transactions of several handlers are committed together, and streams
  /// and long polls have a place each (with 0 they have none). What a node itself offers (`kith.`)
  /// is not counted. Key `max_calls`.
  std::uint32_t max_calls = 4096;
  /// Calls that wait for that. The callers take turns, and a call that could not end by its
  /// deadline is refused at once: `overloaded`, with `retry_after`. Their bodies may take 64 MiB.
  /// 0: none waits. Key `call_queue`.
  std::uint32_t call_queue = 1024;

  /// Largest body of a call, an event or an item that is accepted or sent; a peer that sends more
  /// loses the link. Memory for one peer is bounded by it and by `link_budget_bytes`. Key
  /// `message_bytes`.
  std::size_t message_bytes = std::size_t{4} * 1024 * 1024;
  /// Octets waiting for one peer before items of streams wait; with a quarter more, sends fail with
  /// queue_full. Higher rides out longer stalls; memory is bounded by peers x 1.25 x this. Key
  /// `link_budget_bytes`.
  std::size_t link_budget_bytes = std::size_t{16} * 1024 * 1024;

  /// Octets of the flight recorder, which keeps the last packets of this node for `kith tap` and
  /// `kith trace`, at most 64 MiB. Higher remembers longer; the memory is used once so much has
  /// passed, and as much again for each tap that reads the past. 0: it keeps nothing. Key
  /// `recorder_bytes`.
  std::size_t recorder_bytes = std::size_t{4} * 1024 * 1024;
  /// What a tap is shown: "off", "headers": who, what and when, or "bodies", too. Where there are
  /// certificates its caller must have the rights besides (docs/security.md); without them this
  /// node must be on loopback. Key `tap`.
  std::string tap = "bodies";
  /// Names of fields, with commas between them, whose values no tap is shown. A body in which they
  /// cannot be found for sure is not shown at all. Key `redact`.
  std::string redact;
  /// Traces that may begin here in one second; what belongs to a trace goes on with it in any case.
  /// Higher follows more of what happens, and costs 55 octets and a microsecond for each call and
  /// event of a trace. 0: none begins. Key `trace_per_second`.
  std::uint32_t trace_per_second = 100;
  /// Of the traces that begin here so big a share is sampled, 0 to 1: those whose id's last 64 bits
  /// are below that share of all, so that whoever decides by the same rule and ratio decides alike.
  /// The others go on unsampled: log lines have their id, and spans are kept nowhere.
  /// `trace_per_second` bounds the sampled ones. Key `trace_ratio`.
  double trace_ratio = 1;

  /// "debug", "info", "warning" or "error". Key `log_level`.
  std::string log_level = "info";
  /// One JSON object a line instead of text. Key `log_json`.
  bool log_json = false;

  /// Where pages for people and monitors are served over HTTP: `/metrics` for Prometheus,
  /// `/status`,
  /// `/healthz`, `/readyz`. "127.0.0.1:9100"; port 0 takes a free one, which the log says. HTTP
  /// hides nothing, so anything but loopback needs `insecure_lan`, also with trust. It costs a
  /// thread, and nothing while nobody asks. Empty: there are none. Key `admin`.
  std::string admin;

  /// File of the token that `/metrics` and `/status` are shown for, "Authorization: Bearer TOKEN":
  /// one line of 16 to 256 letters, digits and - . _ ~ + / =; its mode must be 0600. It is read at
  /// the start. Empty: with `trust` the directory's `admin.token`, without it nobody is asked. Key
  /// `admin_token`.
  std::string admin_token;

  /// Where the spans of sampled traces are sent, as OTLP/JSON over HTTP: an OpenTelemetry
  /// collector, "127.0.0.1:4318", at `/v1/traces`. A collector that is away costs nothing but the
  /// spans, which are counted. It takes a thread. Anything but loopback needs `insecure_lan`.
  /// Empty: they are not sent. Key `trace_collector`.
  std::string trace_collector;

  /// URL of the service's database, "sqlite:///var/lib/order.db"; the node itself has none. Key
  /// `database`.
  std::string database;

  /// Values of the service's own settings, by key.
  std::map<std::string, std::string, std::less<>> extras;

  /// The value of a setting that was passed to `from` as `extra`; empty when there is none.
  [[nodiscard]] std::string_view extra(std::string_view key) const noexcept;

  /// Whether a node can start with these values: bad_config (`where` is the key) or
  /// insecure_address. The node's constructor asks it again.
  [[nodiscard]] result<void> check() const;

  /// Reads flags over `KITH_*` over the TOML file of `--config FILE` or `KITH_CONFIG` over the
  /// defaults. Ends the process for `--help` and `--print-config` (status 0) and for a setting that
  /// is wrong (status 2, with file, line and the nearest right name on standard error). `decided`
  /// wins over all of these.
  static config from(std::string service, int argc, const char* const* argv,
                     std::span<const config_option> extra = {},
                     std::span<const config_value> decided = {});
};

}  // namespace kith
