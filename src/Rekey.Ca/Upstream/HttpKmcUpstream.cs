using System.Net.Http.Headers;
using Rekey.Contract.Upstream;

namespace Rekey.Ca.Upstream;

/// <summary>The key-management centre on another host, over mutual TLS. The client's handler carries the CA host's certificate and the trusted root.</summary>
public sealed class HttpKmcUpstream(HttpClient http) : IKmcUpstream
{
    /// <summary>Shorter than the RA waits for the CA, so that the RA hears why there is no certificate yet.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    /// <inheritdoc/>
    public async Task<byte[]> ExchangeAsync(byte[] message, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(AnswerLimit);
        try
        {
            using var content = new ByteArrayContent(message);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/pkixcmp");
            using var answer = await http.PostAsync(new Uri("kmc/v1/cmp", UriKind.Relative), content, limit.Token);
            answer.EnsureSuccessStatusCode();
            return await answer.Content.ReadAsByteArrayAsync(limit.Token);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new KmcUnreachableException("the key-management centre did not answer", e);
        }
    }
}
