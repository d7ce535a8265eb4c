using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Rekey.Pki.Certificates;

namespace Rekey.Ca.Inner;

/// <summary>
/// Lets only known TLS clients to an inner listener. The listener itself takes any certificate, whose key the handshake proved, so that
/// a refusal can say why; nothing behind the gate is reached without one that is known.
/// </summary>
internal static class ClientCertificateGate
{
    /// <summary>Puts the gate before everything that follows.</summary>
    /// <param name="app">The listener's pipeline.</param>
    /// <param name="whyNot">Why a certificate is refused; null when it is known.</param>
    public static IApplicationBuilder UseClientCertificateGate(this IApplicationBuilder app, Func<Certificate, CancellationToken, Task<string?>> whyNot) =>
        app.Use(async (context, next) =>
        {
            var (status, reason) = await JudgeAsync(context, whyNot);
            if (reason is null)
            {
                await next(context);
                return;
            }

            await Results.Problem(statusCode: status, title: status == StatusCodes.Status401Unauthorized ? "client certificate needed" : "client certificate refused", detail: reason)
                .ExecuteAsync(context);
        });

    private static async Task<(int Status, string? Reason)> JudgeAsync(HttpContext context, Func<Certificate, CancellationToken, Task<string?>> whyNot)
    {
        if (await context.Connection.GetClientCertificateAsync(context.RequestAborted) is not { } presented)
        {
            return (StatusCodes.Status401Unauthorized, "the connection came without a client certificate");
        }

        try
        {
            return (StatusCodes.Status403Forbidden, await whyNot(Certificate.FromDer(presented.RawData), context.RequestAborted));
        }
        catch (Exception e) when (e is MalformedException or Pki.Algorithms.UnsupportedKeyException)
        {
            return (StatusCodes.Status403Forbidden, "the client certificate cannot be read");
        }
    }
}
