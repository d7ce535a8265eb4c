using System.CommandLine;
using System.Globalization;
using Rekey.Bench;

if (args is ["constant-server", var port, var octets])
{
    return await FloorServer.ServeAsync(int.Parse(port, CultureInfo.InvariantCulture), int.Parse(octets, CultureInfo.InvariantCulture));
}

var benchmarks = new (string Name, string What, Func<Context, Task<IReadOnlyList<Row>>> Run)[]
{
    ("handling", "handling of a renewal / its bare crypto", c => Task.FromResult(Handling.Run(c))),
    ("ocsp", "OCSP / constant Kestrel, and beside openssl ocsp", Ocsp.RunAsync),
    ("renewals", "durable renewals, memory of the server", Renewals.RunAsync),
    ("pairs", "durable renewals of SM2 pairs / their bare crypto", Pairs.RunAsync),
    ("service", "whole service / sum of its floors", WholeService.RunAsync),
    ("cfssl", "issuing beside cfssl serve", Cfssl.RunAsync),
    ("growth", "cost with ever more certificates", Growth.RunAsync),
    ("search", "searches among a million subscribers, import", Search.RunAsync),
    ("browser", "a renewal in the browser, step by step", BrowserSteps.RunAsync),
    ("sm2", "SM2 beside openssl speed", Sm2Speed.RunAsync),
    ("pool", "top-up of the pool of encryption keys / their generation", PoolRate.RunAsync),
    ("agent", "start and memory of the agent", AgentStart.RunAsync),
    ("steps", "where the time of the handling goes", c => Task.FromResult(Handling.Steps(c))),
};

var names = new Argument<string[]>("name") { Description = $"Which: {string.Join(", ", benchmarks.Select(b => b.Name))}; all without", Arity = ArgumentArity.ZeroOrMore };
names.AcceptOnlyFromAmong([.. benchmarks.Select(b => b.Name)]);
var quick = new Option<bool>("--quick") { Description = "Fewer rounds, smaller stores" };
var root = new RootCommand("Measures Rekey beside its floors and its peers.") { names, quick };
root.SetAction(async (parsed, cancel) =>
{
    var wanted = parsed.GetValue(names) is { Length: > 0 } some ? benchmarks.Where(b => some.Contains(b.Name)) : benchmarks;
    var context = new Context(parsed.GetValue(quick), cancel);
    var report = new BenchReport(context.Quick);
    foreach (var benchmark in wanted)
    {
        Console.Error.WriteLine($"== {benchmark.Name}: {benchmark.What}");
        try
        {
            report.Add(benchmark.Name, await benchmark.Run(context));
        }
#pragma warning disable CA1031 // one measurement that cannot be taken here must not lose the others; the exit code says so
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Console.Error.WriteLine(e);
            report.Fail(benchmark.Name, e.Message);
        }
    }

    await report.WriteAsync(Path.GetFullPath("artifacts"));
    return report.Failed ? 1 : 0;
});
return await root.Parse(args).InvokeAsync();
