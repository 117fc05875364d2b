// Whether time depends on a secret. A separate process: valgrind runs it, and kernels are chosen once
// per process.
//
//   ConstantTimeProbe secrets        under valgrind; see Secrets.swift
//   ConstantTimeProbe times COUNT    a line for each experiment of Timing.swift: |t| of so many
//                                    measurements, |t| of the null experiment, the name; the first
//                                    line is a leak's
switch CommandLine.arguments.dropFirst() {
case ["secrets"]: try watchSecrets()
case let words where words.first == "times" && words.count == 2:
  guard let count = Int(words.last!), count >= 10_000 else { fatalError("COUNT is too small") }
  for experiment in try [plantedExperiment()] + experiments() {
    let (t, null) = (experiment.measure(count), experiment.measure(count, isNull: true))
    print((t * 10).rounded() / 10, (null * 10).rounded() / 10, experiment.name)
  }
default: fatalError("ConstantTimeProbe secrets | times COUNT")
}
