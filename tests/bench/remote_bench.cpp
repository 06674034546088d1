// remote_bench PORT REQUESTS CONNECTIONS: how fast the test server answers a client that does nothing else. Prints requests a second.
// clang-format off
#include <utility>  // Boost 1.74's asio/awaitable.hpp misses it under g++ 12
// clang-format on

#include <fmt/core.h>

#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace {

using boost::asio::ip::tcp;

void ask(unsigned short port, std::atomic<int>& left) {
  boost::asio::io_context context;
  tcp::socket socket(context);
  socket.connect({boost::asio::ip::address_v4::loopback(), port});
  socket.set_option(tcp::no_delay(true));
  const std::string body =
      R"({"max_tokens":8,"messages":[{"content":"which desk ?","role":"system"},{"content":"message 4711","role":"user"}],"model":"m","stop":["\n"],"temperature":0.0})";
  const std::string request = fmt::format(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "{}\r\n\r\n{}",
      body.size(), body);
  std::string answer;
  while (left.fetch_sub(1) > 0) {
    boost::asio::write(socket, boost::asio::buffer(request));
    const std::size_t head = boost::asio::read_until(socket, boost::asio::dynamic_buffer(answer), "\r\n\r\n");
    const std::size_t at = answer.find("Content-Length: ");
    const std::size_t whole = head + std::stoul(answer.substr(at + 16));
    if (answer.size() < whole)
      boost::asio::read(socket, boost::asio::dynamic_buffer(answer),
                        boost::asio::transfer_exactly(whole - answer.size()));
    answer.erase(0, whole);
  }
}

}  // namespace

int main(int, char** arguments) {
  const auto port = static_cast<unsigned short>(std::stoi(arguments[1]));
  const int requests = std::stoi(arguments[2]);
  std::atomic<int> left = requests;
  std::vector<std::thread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < std::stoi(arguments[3]); ++i) threads.emplace_back([&] { ask(port, left); });
  for (std::thread& thread : threads) thread.join();
  fmt::print("{:.0f}\n", requests / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}
