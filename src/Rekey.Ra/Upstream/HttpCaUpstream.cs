using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Rekey.Contract.Upstream;

namespace Rekey.Ra.Upstream;

/// <summary>The CA on another host, over mutual TLS. The client's handler carries the RA's certificate and the trusted root.</summary>
public sealed class HttpCaUpstream(HttpClient http) : ICaUpstream, IForeignStatus
{
    /// <summary>The holder is told after this time that the CA does not answer; the request is kept.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public Task<byte[]> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancel) => GuardAsync(
        async limit =>
        {
            using var content = new ReadOnlyMemoryContent(message);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/pkixcmp");
            using var answer = await http.PostAsync(new Uri("ca/v1/cmp", UriKind.Relative), content, limit);
            answer.EnsureSuccessStatusCode();
            return await answer.Content.ReadAsByteArrayAsync(limit);
        },
        cancel);

    /// <inheritdoc/>
    public Task<IReadOnlyList<CaEvent>> EventsAsync(long after, int max, CancellationToken cancel) => GuardAsync(
        async limit =>
        {
            var address = string.Create(CultureInfo.InvariantCulture, $"ca/v1/events?after={after}&max={max}");
            await using var stream = await http.GetStreamAsync(new Uri(address, UriKind.Relative), limit);
            return await JsonSerializer.DeserializeAsync(stream, UpstreamJson.Default.IReadOnlyListCaEvent, limit) ?? [];
        },
        cancel);

    /// <inheritdoc/>
    public Task<ForeignCertificateStatus> StatusAsync(ReadOnlyMemory<byte> certificate, CancellationToken cancel) => GuardAsync(
        async limit =>
        {
            using var content = new ReadOnlyMemoryContent(certificate);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/pkix-cert");
            using var answer = await http.PostAsync(new Uri("ca/v1/foreign-status", UriKind.Relative), content, limit);
            answer.EnsureSuccessStatusCode();
            await using var stream = await answer.Content.ReadAsStreamAsync(limit);
            return await JsonSerializer.DeserializeAsync(stream, ForeignStatusJson.Default.ForeignCertificateStatus, limit) ?? new(null, null);
        },
        cancel);

    private static async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(AnswerLimit);
        try
        {
            return await call(limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new CaUnreachableException("the CA did not answer", e);
        }
    }
}
