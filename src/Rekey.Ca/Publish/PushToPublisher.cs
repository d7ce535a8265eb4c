using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Publish;

/// <summary>
/// The CA's side of a publisher on another host: pushes CRLs and changes as they come, and fetches the list of what is wanted. All
/// connections go from inside to outside. One per publisher.
/// </summary>
internal sealed partial class PushToPublisher(CaPublicationSource source, HttpClient http, ILogger<PushToPublisher> log) : BackgroundService
{
    private static readonly TimeSpan CrlLook = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> pushed = [];
    private bool restart = true;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        LoopAsync(ChangesAsync, stoppingToken), LoopAsync(CrlsAsync, stoppingToken), LoopAsync(WantedAsync, stoppingToken));

    private async Task ChangesAsync(CancellationToken ct)
    {
        if (restart)
        {
            await PushAsync(new() { Restart = true }, ct);
            restart = false;
        }

        var changed = await source.ChangesAsync(ct);
        if (changed.Count == 0)
        {
            return;
        }

        try
        {
            var answers = new List<PushedAnswer>();
            foreach (var one in changed)
            {
                var issuer = source.Issuers.First(i => i.Name == one.Issuer);
                foreach (var hash in new[] { Oids.Sha1, Oids.Sha256 })
                {
                    answers.Add(await AnswerAsync(issuer, OcspCertId.Of(issuer.Certificate, one.SerialHex, hash), ct));
                }
            }

            await PushAsync(new() { Changed = changed, Answers = answers }, ct);
        }
        catch
        {
            restart = true; // these changes are read already and will not come again
            throw;
        }
    }

    private async Task CrlsAsync(CancellationToken ct)
    {
        foreach (var issuer in source.Issuers)
        {
            if (await source.NewerCrlAsync(issuer, pushed.TryGetValue(issuer.Name, out var last) ? last : null, ct) is { } newer)
            {
                await PushAsync(new() { Crls = [new(issuer.Name, newer.Der)] }, ct);
                pushed[issuer.Name] = newer.Stamp;
            }
        }

        await Task.Delay(CrlLook, ct);
    }

    private async Task WantedAsync(CancellationToken ct)
    {
        using var response = await http.PostAsync(new Uri("publisher/v1/wanted", UriKind.Relative), null, ct);
        response.EnsureSuccessStatusCode();
        var answers = new List<PushedAnswer>();
        foreach (var wanted in await response.Content.ReadFromJsonAsync(PublisherJson.Default.IReadOnlyListWantedStatus, ct) ?? [])
        {
            if (source.Issuers.FirstOrDefault(i => i.Name == wanted.Issuer && i.HasStatus) is { } issuer)
            {
                answers.Add(await AnswerAsync(issuer, OcspCertId.FromDer(wanted.CertId), ct));
            }
        }

        if (answers.Count > 0)
        {
            await PushAsync(new() { Answers = answers }, ct);
        }
    }

    private async Task<PushedAnswer> AnswerAsync(PublishedIssuer issuer, OcspCertId id, CancellationToken ct) =>
        new(issuer.Name, id.Encoded.ToArray(), (await source.StatusAsync(issuer, id, ct))!.Der);

    private async Task PushAsync(PublisherPush push, CancellationToken ct)
    {
        using var response = await http.PostAsJsonAsync(new Uri("publisher/v1/push", UriKind.Relative), push, PublisherJson.Default.PublisherPush, ct);
        response.EnsureSuccessStatusCode();
    }

    private async Task LoopAsync(Func<CancellationToken, Task> step, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await step(ct);
            }
            catch (Exception e) when (e is HttpRequestException or JsonException or MalformedException or TaskCanceledException && !ct.IsCancellationRequested)
            {
                LogFailed(log, http.BaseAddress!, e.Message);
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a store that is away for a moment must not end the publishing
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailed(log, http.BaseAddress!, e.ToString());
                await Task.Delay(Pause, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(4302, LogLevel.Warning, "The publisher {Publisher} could not be reached: {Reason}")]
    private static partial void LogFailed(ILogger logger, Uri publisher, string reason);
}
