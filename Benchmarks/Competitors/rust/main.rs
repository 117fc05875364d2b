//! jsonwebtoken as a competitor: Competitor.swift has the requests.
use std::io::{self, BufRead, Write};
use std::time::Instant;

use jsonwebtoken::{
    decode, encode, Algorithm, DecodingKey, EncodingKey, Header, Validation,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    aud: Vec<String>,
    exp: i64,
}

/// A key, ready for what it is to do.
enum Competitor {
    Signs(Header, EncodingKey, String),
    Verifies(Validation, DecodingKey),
}

type Why = jsonwebtoken::errors::Error;

impl Competitor {
    fn new(signs: bool, algorithm: &str, key: &str, audience: &str) -> Result<Competitor, Why> {
        let named: Algorithm = algorithm.parse()?;
        let key = key.as_bytes();
        Ok(if signs {
            let key = match named {
                Algorithm::HS256 => EncodingKey::from_secret(key),
                Algorithm::ES256 => EncodingKey::from_ec_pem(key)?,
                Algorithm::EdDSA => EncodingKey::from_ed_pem(key)?,
                _ => EncodingKey::from_rsa_pem(key)?,
            };
            Competitor::Signs(Header::new(named), key, audience.to_string())
        } else {
            let key = match named {
                Algorithm::HS256 => DecodingKey::from_secret(key),
                Algorithm::ES256 => DecodingKey::from_ec_pem(key)?,
                Algorithm::EdDSA => DecodingKey::from_ed_pem(key)?,
                _ => DecodingKey::from_rsa_pem(key)?,
            };
            let mut validation = Validation::new(named);
            validation.set_audience(&[audience]);
            validation.set_required_spec_claims(&["exp", "aud"]);
            validation.leeway = 0;
            Competitor::Verifies(validation, key)
        })
    }

    fn sign(&self, sub: &str, exp: i64) -> Option<String> {
        let Competitor::Signs(header, key, audience) = self else { return None };
        let claims = Claims { sub: sub.to_string(), aud: vec![audience.clone()], exp };
        encode(header, &claims, key).ok()
    }

    fn verify(&self, token: &str) -> Option<Claims> {
        let Competitor::Verifies(validation, key) = self else { return None };
        decode::<Claims>(token, key, validation).ok().map(|token| token.claims)
    }
}

fn word(text: &str, at: usize) -> u64 {
    u64::from_le_bytes(text.as_bytes()[at..at + 8].try_into().unwrap())
}

struct Input(io::StdinLock<'static>);

impl Input {
    fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        let count = self.0.read_line(&mut line).ok()?;
        if line.ends_with('\n') {
            line.pop();
        }
        (count > 0).then_some(line)
    }
}

fn main() {
    let mut input = Input(io::stdin().lock());
    let mut output = io::BufWriter::new(io::stdout());
    let mut competitor = None;
    let mut items: Vec<(String, i64)> = vec![];
    let (mut signs, mut at) = (false, 0);
    // A randomised signature can't be foreseen: its signing input counts.
    let (mut is_randomised, mut last) = (false, String::new());
    while let Some(line) = input.next() {
        let (request, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match request {
            "describe" => writeln!(
                output,
                "jsonwebtoken\t{}\tRust {}\tencode and decode into a struct; keys read once, but \
                 ring's form of a key made for each token; crypto by ring",
                env!("COMPETITOR_VERSION"),
                env!("COMPETITOR_RUST")
            ),
            "tokens" => {
                let words: Vec<&str> = rest.split(' ').collect();
                let mut lines = |count: &str| -> Vec<String> {
                    (0..count.parse().unwrap()).map_while(|_| input.next()).collect()
                };
                let key = lines(words[3]).join("\n");
                signs = words[0] == "sign";
                is_randomised = words[1] == "ES256";
                items = lines(words[4])
                    .into_iter()
                    .map(|item| match item.split_once(' ') {
                        Some((sub, exp)) => (sub.to_string(), exp.parse().unwrap()),
                        None => (item, 0),
                    })
                    .collect();
                match Competitor::new(signs, words[1], &key, words[2]) {
                    Ok(made) => {
                        competitor = Some(made);
                        writeln!(output, "ok")
                    }
                    Err(why) => writeln!(output, "no {why}"),
                }
            }
            "judge" => {
                let is_good = competitor.as_ref().and_then(|competitor| competitor.verify(rest)).is_some();
                writeln!(output, "{}", if is_good { "accepted" } else { "refused" })
            }
            "make" => items.iter().try_for_each(|(sub, exp)| {
                let token = competitor.as_ref().and_then(|competitor| competitor.sign(sub, *exp));
                writeln!(output, "{}", token.unwrap_or_default())
            }),
            "run" => {
                let count: usize = rest.parse().unwrap();
                let competitor = competitor.as_ref().unwrap();
                let mut sum = 0u64;
                let start = Instant::now();
                for _ in 0..count {
                    let (text, expiry) = &items[at];
                    let answer = if signs {
                        competitor.sign(text, *expiry).map(|token| {
                            let dot = if is_randomised { token.rfind('.') } else { None };
                            let answer = word(&token, dot.unwrap_or(token.len()) - 8);
                            last = token;
                            answer
                        })
                    } else {
                        competitor.verify(text).map(|claims| {
                            let last = claims.sub.len() - 8;
                            word(&claims.sub, 0)
                                .wrapping_add(word(&claims.sub, last))
                                .wrapping_add(claims.exp as u64)
                        })
                    };
                    sum = sum.wrapping_add(answer.unwrap_or(0));
                    at = if at + 1 == items.len() { 0 } else { at + 1 };
                }
                writeln!(output, "{},{}", start.elapsed().as_nanos(), sum)
            }
            "last" => writeln!(output, "{last}"),
            _ => Ok(()),
        }
        .and_then(|_| output.flush())
        .expect("someone reads");
    }
}
