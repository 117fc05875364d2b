# ruby-jwt as a competitor: Competitor.swift has the requests. The argument is its version.
require "jwt"
require "openssl"

$stdout.sync = true
signs, algorithm, audience, key, items, at, options = false, nil, nil, nil, [], 0, {}

sign = lambda do |item|
  JWT.encode({ sub: item[0], aud: [audience], exp: item[1] }, key, algorithm, { typ: "JWT" })
end
verify = ->(token) { JWT.decode(token, key, true, options)[0] }
word = ->(text) { text.unpack1("Q<") }

# Answers are kept until the clock has stopped.
run = lambda do |count|
  kept = []
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  count.times do
    kept << (signs ? sign : verify).call(items[at])
    at = 0 if (at += 1) == items.size
  end
  taken = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start
  sum = kept.sum do |answer|
    next word.call(answer[-8..]) if signs
    word.call(answer["sub"][0, 8]) + word.call(answer["sub"][-8..]) + answer["exp"]
  end
  "#{taken},#{sum % 2**64}"
end

while (line = $stdin.gets)
  request, *words = line.chomp.split(" ")
  case request
  when "describe"
    puts ["ruby-jwt", ARGV[0], "Ruby #{RUBY_VERSION}",
          "JWT.encode and JWT.decode; RSA keys read once; crypto by Ruby's openssl"].join("\t")
  when "tokens"
    signs, algorithm, audience = words[0] == "sign", words[1], words[2]
    text = Array.new(words[3].to_i) { $stdin.gets.chomp }.join("\n")
    items = Array.new(words[4].to_i) { $stdin.gets.chomp }
    items = items.map { |item| item.split(" ") }.map { |sub, exp| [sub, exp.to_i] } if signs
    key = algorithm == "HS256" ? text : OpenSSL::PKey::RSA.new(text)
    options = { algorithm: algorithm, verify_aud: true, aud: audience, required_claims: ["exp"] }
    puts "ok"
  when "judge"
    puts begin
      verify.call(words[0])
      "accepted"
    rescue JWT::DecodeError
      "refused"
    end
  when "make"
    items.each { |item| puts sign.call(item) }
  when "run"
    puts run.call(words[0].to_i)
  end
end
