# ruby-jwt as a competitor: Competitor.swift has the requests. The argument is its version.
require "jwt"
require "openssl"

$stdout.sync = true
signs, algorithm, audience, key, items, at, options = false, nil, nil, nil, [], 0, {}
last = ""

# An Ed25519 key is the last 32 bytes of its PEM (RFC 8410 §4, §7).
ed25519 = lambda do |pem|
  require "rbnacl"
  bytes = pem.lines.grep_v(/^-/).join.unpack1("m")[-32..]
  signs ? RbNaCl::Signatures::Ed25519::SigningKey.new(bytes) : RbNaCl::Signatures::Ed25519::VerifyKey.new(bytes)
end

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
    if signs
      last = answer
      # A randomised signature can't be foreseen: its signing input counts.
      next word.call(answer[(algorithm == "ES256" ? answer.rindex(".") : answer.size) - 8, 8])
    end
    word.call(answer["sub"][0, 8]) + word.call(answer["sub"][-8..]) + answer["exp"]
  end
  "#{taken},#{sum % 2**64}"
end

while (line = $stdin.gets)
  request, *words = line.chomp.split(" ")
  case request
  when "describe"
    puts ["ruby-jwt", ARGV[0], "Ruby #{RUBY_VERSION}",
          "JWT.encode and JWT.decode; keys read once; crypto by Ruby's openssl, Ed25519 by libsodium"].join("\t")
  when "tokens"
    signs, algorithm, audience = words[0] == "sign", words[1], words[2]
    text = Array.new(words[3].to_i) { $stdin.gets.chomp }.join("\n")
    items = Array.new(words[4].to_i) { $stdin.gets.chomp }
    items = items.map { |item| item.split(" ") }.map { |sub, exp| [sub, exp.to_i] } if signs
    begin
      key = case algorithm
            when "HS256" then text
            when "EdDSA" then ed25519.call(text)
            else OpenSSL::PKey.read(text)
            end
    rescue LoadError
      puts "no no EdDSA without rbnacl"
      next
    end
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
  when "last"
    puts last
  end
end
