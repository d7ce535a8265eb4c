using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Testing.Pki;
using Rekey.Testing.Tokens;

namespace Rekey.Bench;

/// <summary>The published agent: from its start to its first network call, and its memory.</summary>
internal static class AgentStart
{
    public static async Task<IReadOnlyList<Row>> RunAsync(Context context)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(100);
        var origin = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        using var softHsm = new SoftHsm();
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = new AgentProcess(softHsm, pinentry, new TestPki(), origin.GetLeftPart(UriPartial.Authority));
        List<double> times = [];
        List<double> processor = [];
        List<double> memory = [];
        for (var i = 0; i < context.Of(12, 40); i++)
        {
            var ticket = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
            var clock = Stopwatch.StartNew();
            var process = agent.Launch(new LaunchAddress(origin.GetLeftPart(UriPartial.Authority), ticket).ToString());
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
            limit.CancelAfter(TimeSpan.FromSeconds(20));
            using var connection = await listener.AcceptTcpClientAsync(limit.Token);
            times.Add(clock.Elapsed.TotalMilliseconds);
            processor.Add(Cpu.Seconds(process.Id) * 1000);
            await Task.Delay(100, context.Cancel);
            memory.Add(Memory.PeakMiB(process.Id));
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(context.Cancel);
        }

        return
        [
            new Row(
                "agent: start to first network call",
                FormattableString.Invariant($"{Blocks.Median(times):0} ms (median), {times.Min():0} ms (least); {Blocks.Median(processor):0} ms of processor time"))
            {
                Figure = Blocks.Median(times),
                Format = "0",
                Aim = 150,
                Below = true,
                Spread = $"{Blocks.Spread(times, "0")} ms",
                Remark = "wall time, so it grows with what else runs on the machine",
            },
            new Row("agent: memory when it has connected", FormattableString.Invariant($"{Blocks.Median(memory):0} MiB")) { Remark = "most resident memory, without the child process of a token's library" },
        ];
    }
}
