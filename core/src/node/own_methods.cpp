// SPDX-License-Identifier: MPL-2.0
#include "node/own_methods.hpp"

#include <string>
#include <utility>

#include <kith/node.hpp>

#include "base/endpoint.hpp"
#include "node/hearing_contract.hpp"
#include "node/hearing_rights.hpp"

namespace kith::detail {
namespace {

/// One that answers at once: `answer(request, call)` gives the reply.
template <class Request, class Reply, class Answer>
void serve(rpc::server& server, const method<Request, Reply>& which, Answer answer) {
  served_method served;
  served.schema = kith::describe(which);
  served.plain = [answer = std::move(answer)](std::string_view body, call_context& call) mutable {
    return encode(answer(request_of<Request>(body), call));
  };
  server.add(std::move(served));
}

/// Whether only those can reach this node who may see what passes it.
bool is_private(const peers::hub& hub) {
  const auto keys = hub.policy().keys;
  const auto inbox = endpoint::parse(hub.self().inbox);
  return (keys && keys->certified()) || (inbox && inbox->is_loopback());
}

log_level_reply change_log_level(log_sink& log, const log_level_request& wanted,
                                 const node_description& by) {
  const std::string before{name_of(log.level())};
  if (!wanted.level) {
    return {before, before};
  }
  const auto level = log_level_of(*wanted.level);
  if (!level) {
    throw invalid_argument{"level",
                           "\"" + *wanted.level + "\" is no level: debug, info, warning or error"};
  }
  log.set_level(*level);
  log.write(log_level::warning, "node",
            "the log level was " + before + " and is " + *wanted.level + " now: " + by.instance +
                " asked for it");
  return {std::string{name_of(log.level())}, before};
}

void serve_probes(rpc::server& server, prober& probes) {
  served_method served;
  served.schema = kith::describe(probe_for);
  served.async = [&probes](std::string_view body, call_context& /*call*/) {
    return probes.answer(request_of<probe_request>(body));
  };
  server.add(std::move(served));
}

void serve_taps(rpc::server& server, tap_service& taps, const peers::hub& hub) {
  served_method served;
  served.schema = kith::describe(tap_node);
  served.stream = [&taps, &hub](std::string_view body, outgoing_stream& out, call_context& call) {
    return taps.run(request_of<tap_request>(body), out, call, is_private(hub));
  };
  server.add(std::move(served));
}

}  // namespace

void serve_own_methods(rpc::server& server, const own_method_parts& parts,
                       unique_function<node_status()> status) {
  serve(server, describe_node,
        [&report = parts.report](const nothing&, call_context&) { return report.describe(); });
  serve(server, list_members, [&members = parts.members](const nothing&, call_context&) {
    return member_list{members.list()};
  });
  serve(server, list_books,
        [&report = parts.report](const nothing&, call_context&) { return report.books(); });
  serve(server, get_status,
        [status = std::move(status)](const nothing&, call_context&) mutable { return status(); });
  serve(server, set_log_level,
        [&log = parts.log](const log_level_request& wanted, call_context& call) {
          return change_log_level(log, wanted, call.caller());
        });
  serve(server, list_sockets,
        [&report = parts.report](const nothing&, call_context&) { return report.sockets(); });
  serve(server, gossip, [&gossips = parts.gossips](const gossip_request& told, call_context& call) {
    return gossips.answer(told, call.caller());
  });
  serve(server, may_hear,
        [](const heard_filters& asked, call_context& call) { return refused_of(asked, call); });
  serve_probes(server, parts.probes);
  serve(server, exchange_trust,
        [&trust = parts.trust](const trust_request& asked, call_context& call) {
          return trust.answer(asked, call.caller());
        });
  serve_taps(server, parts.taps, parts.hub);
}

}  // namespace kith::detail
