using Rekey.Agent.Bridge;
using Rekey.Contract.Problems;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;

namespace Rekey.Agent.Renewal;

/// <summary>The two questions of a renewal or download to the CA, and what its answers mean to the holder.</summary>
internal sealed class AskCa(CertificateExchange exchange, IServiceLink service, TimeProvider clock, TimeSpan busyPause)
{
    /// <summary>Between two requests to a CA that cannot answer now.</summary>
    public static readonly TimeSpan BusyPause = TimeSpan.FromSeconds(3);

    /// <summary>How long such a CA is asked again before the holder is told to come back.</summary>
    private static readonly TimeSpan BusyLimit = TimeSpan.FromMinutes(2);

    /// <summary>The encryption certificate of a pair with its key, once the answer was read.</summary>
    public IssuedCertificate? IssuedEncryption => exchange.IssuedEncryption;

    /// <summary>kur → kup, or ir → ip.</summary>
    /// <param name="ended">What to do when the CA itself says, signed, that nothing will come of the key any more.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <returns>DER of the new certificate: from a trusted CA, for the new key.</returns>
    /// <exception cref="ProblemException">Refused, or not an answer that counts.</exception>
    public Task<ReadOnlyMemory<byte>> ForCertificateAsync(Action ended, CancellationToken cancel) =>
        AtEdgeAsync(() => AskAsync(exchange.CertificateRequest(), answer => exchange.ReadCertificateResponse(answer), cancel), ended);

    /// <summary>certConf → pkiConf.</summary>
    /// <param name="ended">What to do when the CA itself says, signed, that nothing will come of the key any more.</param>
    /// <param name="cancel">Stops asking.</param>
    /// <exception cref="ProblemException">Refused, or not an answer that counts.</exception>
    public Task ConfirmAsync(Action ended, CancellationToken cancel) => AtEdgeAsync(
        () => AskAsync(
            exchange.CertificateConfirmation(),
            answer =>
            {
                exchange.ReadConfirmation(answer);
                return true;
            },
            cancel),
        ended);

    private static async Task<T> AtEdgeAsync<T>(Func<Task<T>> ask, Action ended)
    {
        try
        {
            return await ask();
        }
        catch (CmpRefusedException e)
        {
            if (e.ByCa && CmpProblem.Parse(e.Message) == Problems.RenewalEnded())
            {
                ended();
            }

            throw new ProblemException(CmpProblem.Parse(e.Message) ?? Problems.CmpRefused(e.Failure?.ToString() ?? "unspecified"), e);
        }
        catch (Exception e) when (e is CmpInvalidException or MalformedException)
        {
            throw new ProblemException(Problems.AnswerNotTrusted(), e);
        }
    }

    // The same octets again get the answer that already stands (rules R1 and R4), so nothing is issued twice.
    private async Task<T> AskAsync<T>(byte[] message, Func<byte[], T> read, CancellationToken cancel)
    {
        var began = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return read(await service.CmpAsync(message, cancel));
            }
            catch (CmpRefusedException e) when (e.Failure == CmpFailure.SystemUnavail && clock.GetElapsedTime(began) < BusyLimit)
            {
                await Task.Delay(busyPause, clock, cancel);
            }
        }
    }
}
