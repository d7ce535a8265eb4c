using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rekey.Testing;

namespace Rekey.Bench;

/// <summary>Kestrel that answers everything with a constant, in a process of its own: what HTTP alone costs on this machine.</summary>
internal sealed class FloorServer : IDisposable
{
    private readonly Process process;

    private FloorServer(Process process, Uri address)
    {
        this.process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int ProcessId => process.Id;

    /// <summary>Starts one.</summary>
    /// <param name="octets">Length of its answers.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<FloorServer> StartAsync(int octets, CancellationToken cancel)
    {
        var port = Ports.Free();
        var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, ["constant-server", port.ToString(CultureInfo.InvariantCulture), octets.ToString(CultureInfo.InvariantCulture)])
        { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync(cancel);
        return new(process, new($"http://127.0.0.1:{port}"));
    }

    /// <summary>The process's own main.</summary>
    public static async Task<int> ServeAsync(int port, int octets)
    {
        var constant = new byte[octets];
        new Random(1).NextBytes(constant);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.ListenLocalhost(port);
        });
        await using var app = builder.Build();
        app.Run(async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                while (await context.Request.BodyReader.ReadAsync() is { } read)
                {
                    context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted)
                    {
                        break;
                    }
                }
            }

            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = octets;
            await context.Response.BodyWriter.WriteAsync(constant);
        });
        await app.StartAsync();
        Console.WriteLine("ready");
        await app.WaitForShutdownAsync();
        return 0;
    }

    public void Dispose()
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
